"""Which records of a unit are replaced by another one."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.exchange.duplicate_and_hub_files import DuplicatesFile
from idweave.transforms.job import Duplicates, Job


def losing_rows(job: Job, place: int, duplicates: Sequence[Duplicates]) -> Ints:
    """Rows of the unit at a place among all that another record replaces, ascending."""
    found = [np.empty(0, np.int32)]
    for part in sorted(duplicates):
        with job.store.open(DuplicatesFile.at(part.shard)) as shard:
            low, high = shard.by_loser_start.span(place)
            found.append(shard.by_loser_row[low:high])
    return np.sort(np.concatenate(found))
