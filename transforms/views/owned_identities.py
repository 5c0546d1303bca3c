"""What the shards of identities answered to one unit."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.types import Flags, Longs
from idweave.transforms.exchange.component_files import MergedFile
from idweave.transforms.job import Job, Linked


class OwnedSeen(NamedTuple):
    """When the identities that a unit owns were seen, in the order of its nodes."""

    records: Longs  # records that carry the identity
    first: Longs
    last: Longs


def owner_flags(job: Job, unit: Linked, place: int) -> Flags:
    """[nodes] whether the unit owns the identity; `place` is the unit's in its graph."""
    flags = []
    for shard in range(job.exchange_shards):
        with job.store.open(MergedFile.at(unit.graph, shard)) as merged:
            low, high = merged.start.span(place)
            flags.append(merged.owner[low:high])
    return np.concatenate(flags)


def owned_seen(job: Job, unit: Linked, place: int) -> OwnedSeen:
    """When the identities of a unit were seen, for a graph of which a strategy moves no records."""
    parts = []
    for shard in range(job.exchange_shards):
        with job.store.open(MergedFile.at(unit.graph, shard)) as merged:
            low, high = merged.owned_start.span(place)
            parts.append((merged.records[low:high], merged.first[low:high], merged.last[low:high]))
    records, first, last = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return OwnedSeen(records, first, last)
