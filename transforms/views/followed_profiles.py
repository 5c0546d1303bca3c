"""The profiles of records that another record replaces."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.exchange.profile_files import FollowedFile
from idweave.transforms.job import Done, Job
from idweave.transforms.views.row_profiles import RowProfiles


def with_duplicates(
    job: Job,
    strategy: int,
    place: int,
    losers: Ints,
    followed: Sequence[Done],
    found: RowProfiles,
) -> RowProfiles:
    """Fill in the profiles of a unit's replaced records, `losers`; `place` is the unit's."""
    if not len(losers):
        return found
    digests = [found.digest]
    size = len(found.digest)
    for done in sorted(followed):
        if done.of != strategy:
            continue
        with job.store.open(FollowedFile.at(strategy, done.name)) as file:
            low, high = file.start.span(place)
            row, has = file.row[low:high], file.has_profile[low:high]
            digests.append(file.digest[low:high])
        found.profile[row] = np.where(has, np.arange(size, size + len(row)), -1)
        size += len(row)
    return found._replace(digest=np.concatenate(digests))
