"""The labels of components, wherever they were solved."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.exchange.component_files import ExpandedFile, LabelsFile
from idweave.transforms.job import Job, Labelled


def read_labels(
    job: Job, graph: int, level: int, solved: Sequence[Labelled], low: int, high: int
) -> Longs:
    """Labels of the nodes low..high of a level: equal in a component, and nowhere else."""
    top = next(part.level for part in solved if part.graph == graph and part.solved)
    tag = np.int64(level) << np.int64(56)  # a node without edges is a component of its own
    if level == top:
        with job.store.open(LabelsFile.at(graph)) as labels_of:
            return labels_of.label[low:high].astype(np.int64) | tag
    labels = np.arange(low, high, dtype=np.int64) | tag
    if low == high:
        return labels
    for part in sorted(solved):
        if part.graph != graph or part.level != level or part.solved:
            continue
        with job.store.open(ExpandedFile.at(graph, level, part.shard)) as expanded:
            nodes, start = int(expanded.nodes[:][0]), expanded.start[:]
            ranges = len(start) - 1
            first, last = low * ranges // nodes, (high - 1) * ranges // nodes
            begin, end = int(start[first]), int(start[last + 1])
            node, label = expanded.node[begin:end], expanded.label[begin:end]
        inside = (node >= low) & (node < high)
        labels[node[inside] - low] = label[inside]
    return labels
