"""Contracts edges by shard until the rest fits into one worker's memory, then solves that.

Level 0 has the local components of the units as nodes. A round spreads the edges over shards by
their smaller end (in a random order, so that a long path shrinks to about two thirds), finds the
components of each shard, and makes those the nodes of the next level; a node in several shards
ties their components. How many rounds may be needed is fixed when the pipeline is built; a round
that is not needed passes nothing on. See docs/decisions/contraction.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.arrays.union_find import flatten, join_edges
from idweave.transforms.columnar.components.contract import contract, random_shard
from idweave.transforms.columnar.components.merge import partition, tie
from idweave.transforms.exchange.component_files import (
    ContractedFile,
    EdgesFile,
    ExpandedFile,
    LabelsFile,
)
from idweave.transforms.exchange.keep_edges import keep_edges
from idweave.transforms.job import Edges, Job, Labelled, Linked
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.read_labels import read_labels


class Contracted(NamedTuple):
    """The components of one shard of edges: nodes of the next level."""

    graph: int
    level: int
    shard: int
    nodes: int


class SolveLimit(Exception):
    """More edges are left than one worker may solve."""


@dataclass
class SolveComponents(beam.PTransform[beam.PCollection[Edges], beam.PCollection[Labelled]]):
    """Edges between local components to a label for each, read by `read_labels`."""

    job: Job
    linked: beam.PCollection[Linked]
    graphs: tuple[int, ...]

    def expand(self, edges: beam.PCollection[Edges]) -> beam.PCollection[Labelled]:
        levels, made, job = [edges], [], self.job
        for level in range(1, job.rounds + 1):
            contracted = self._stage(
                f"Contract {level}", partial(contract_shard, job, level), Contracted, levels[-1]
            )
            tied = self._stage(f"Tie {level}", partial(tie_shard, job, level), Edges, contracted)
            made.append(contracted)
            levels.append(tied)
        all_made = _flat("contracted", made, edges.pipeline, Contracted)
        all_levels = _flat("levels", levels, edges.pipeline, Edges)
        graphs = edges.pipeline | "Graphs" >> Elements(self.graphs, int)
        solved = graphs | "Solve" >> in_threads(
            partial(solve_graph, job), Labelled, all_levels, all_made, self.linked
        )
        for level in range(job.rounds, 0, -1):
            expanded = self._stage(
                f"Expand {level}",
                partial(expand_shard, job, level),
                Labelled,
                solved,
                all_made,
                self.linked,
            )
            solved = _flat(f"solved {level}", [solved, expanded], edges.pipeline, Labelled)
        read = [
            kind.at(graph, level, 0).folder
            for kind in (EdgesFile, ContractedFile)
            for graph in self.graphs
            for level in range(self.job.rounds + 1)
        ]
        return solved | "Edges" >> ReadOnce(job, read, Labelled)

    def _stage(self, label, function, output, *sides):  # type: ignore[no-untyped-def]
        """One element a graph and shard."""
        shards = range(self.job.exchange_shards)
        elements = [(graph, shard) for graph in self.graphs for shard in shards]
        return (
            sides[0].pipeline
            | f"{label}: shards" >> Elements(elements, tuple[int, int])
            | label >> in_threads(function, output, *sides)
        )


def _flat(label, parts, pipeline, kind):  # type: ignore[no-untyped-def]
    return tuple(parts) | f"All {label}" >> beam.Flatten(pipeline=pipeline).with_output_types(kind)


def _at_level(parts, graph: int, level: int):  # type: ignore[no-untyped-def]
    return sorted(part for part in parts if part.graph == graph and part.level == level)


def _bases(made: Sequence[Contracted]) -> Longs:
    return np.concatenate([[0], np.cumsum([part.nodes for part in made])]).astype(np.int64)


def contract_shard(
    job: Job, level: int, element: tuple[int, int], edges: Sequence[Edges]
) -> Iterator[Contracted]:
    """Find the components of one shard of edges, if there are too many edges to solve."""
    graph, shard = element
    below = _at_level(edges, graph, level - 1)
    if sum(part.edges for part in below) <= job.solve_limit:
        return
    left, right = [], []
    for part in below:
        with job.store.open(EdgesFile.at(graph, level - 1, part.shard)) as kept:
            low, high = kept.start.span(shard)
            left.append(kept.left[low:high])
            right.append(kept.right[low:high])
    node, component, count = contract(np.concatenate(left), np.concatenate(right))
    by_shard = partition(random_shard(node, node, job.exchange_shards), job.exchange_shards)
    contracted = ContractedFile(
        start=by_shard.start,
        node=node[by_shard.order],
        component=component[by_shard.order],
    )
    job.store.write(ContractedFile.at(graph, level, shard), contracted)
    yield Contracted(graph, level, shard, count)


def tie_shard(
    job: Job, level: int, element: tuple[int, int], made: Sequence[Contracted]
) -> Iterator[Edges]:
    """Tie the components of several shards that have a node in common."""
    graph, shard = element
    shards = _at_level(made, graph, level)
    if not shards:
        return
    nodes, components = [], []
    for part, base in zip(shards, _bases(shards).tolist(), strict=False):
        with job.store.open(ContractedFile.at(graph, level, part.shard)) as kept:
            low, high = kept.start.span(shard)
            nodes.append(kept.node[low:high])
            components.append(kept.component[low:high] + base)
    node = np.concatenate(nodes)
    pairs = np.stack([node, node], axis=1).astype(np.uint64)
    tied, _ = tie(pairs, np.concatenate(components))
    yield keep_edges(job, graph, level, shard, tied.left, tied.right)


def solve_graph(
    job: Job,
    graph: int,
    edges: Sequence[Edges],
    made: Sequence[Contracted],
    linked: Sequence[Linked],
) -> Iterator[Labelled]:
    """Solve what is left of one graph in memory: 4 or 8 bytes a node, edges a shard at a time."""
    level = max(part.level for part in edges if part.graph == graph)
    last = _at_level(edges, graph, level)
    total = sum(part.edges for part in last)
    if total > job.solve_limit:
        raise SolveLimit(
            f"solve_limit: {job.solve_limit}: {total} edges are left after {level} rounds of "
            f"contraction; set it to {total} or more (a worker needs some 24 bytes an edge)"
        )
    nodes = _node_count(graph, level, made, linked)
    parent: NDArray[np.int32 | np.int64] = np.arange(
        nodes, dtype=np.int32 if nodes < 2**31 else np.int64
    )
    for part in last:
        with job.store.open(EdgesFile.at(graph, level, part.shard)) as kept:
            join_edges(parent, kept.left[:], kept.right[:])
    flatten(parent)
    job.store.write(LabelsFile.at(graph), LabelsFile(label=parent))
    yield Labelled(graph, level, 0, solved=True)


def _node_count(
    graph: int, level: int, made: Sequence[Contracted], linked: Sequence[Linked]
) -> int:
    if level == 0:
        return sum(unit.components for unit in linked if unit.graph == graph)
    return sum(part.nodes for part in _at_level(made, graph, level))


def expand_shard(
    job: Job,
    level: int,
    element: tuple[int, int],
    solved: Sequence[Labelled],
    made: Sequence[Contracted],
    linked: Sequence[Linked],
) -> Iterator[Labelled]:
    """Give the labels of one shard's components to their nodes, a level below."""
    graph, shard = element
    shards = _at_level(made, graph, level)
    if not shards:
        return
    base = _bases(shards)
    place = [part.shard for part in shards].index(shard)
    labels = read_labels(job, graph, level, solved, int(base[place]), int(base[place + 1]))
    with job.store.open(ContractedFile.at(graph, level, shard)) as kept:
        node, component = kept.node[:], kept.component[:]
    count = _node_count(graph, level - 1, made, linked)
    pieces = job.exchange_shards
    by_range = partition(node * pieces // max(count, 1), pieces)
    expanded = ExpandedFile(
        nodes=np.array([count], np.int64),
        start=by_range.start,
        node=node[by_range.order],
        label=labels[component[by_range.order]],
    )
    job.store.write(ExpandedFile.at(graph, level - 1, shard), expanded)
    yield Labelled(graph, level - 1, shard, solved=False)
