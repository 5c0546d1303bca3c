"""Which identities of a unit are hubs."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.exchange.duplicate_and_hub_files import HubCutFile
from idweave.transforms.job import Done, Job


def hub_nodes(job: Job, graph: int, place: int, hubs: Sequence[Done]) -> Ints:
    """Nodes of the unit at a place among all that link nothing."""
    found = [np.empty(0, np.int32)]
    for done in sorted(hubs):
        if done.of != graph:
            continue
        with job.store.open(HubCutFile.at(graph, int(done.name))) as shard:
            low, high = shard.start.span(place)
            found.append(shard.node[low:high])
    return np.unique(np.concatenate(found))
