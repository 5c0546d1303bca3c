"""What is handed over to compare tables with those of the base.

A *source* is some row groups of a file of the base, or a part of this run's table.
"""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Offsets
from idweave.transforms.exchange.working_file import Address, WorkingFile


class RowHashesFile(WorkingFile):
    """The m rows of one source, by shard of their key. p = m for `assignments`, else 0.

    Of erased profiles there is one row each, x of them, whatever else the base has.
    """

    start: Offsets = Offsets("[shards + 1]", "rows by shard of the key", into="m")
    key: Numbers[np.uint64] = Numbers("[m, 2]", "hash of the columns that tell rows apart")
    row: Numbers[np.uint64] = Numbers("[m, 2]", "hash of all columns")
    profile: Numbers[np.uint64] = Numbers("[p]", "a word of the hash of the profile, of none too")
    position: Numbers[np.int64] = Numbers("[m]", "row of the source")
    erased_start: Offsets = Offsets("[shards + 1]", "erased profiles by shard of id", into="x")
    erased: Numbers[np.uint64] = Numbers("[x, 2]", "id of an erased profile")
    erased_position: Numbers[np.int64] = Numbers("[x]", "its first row in the source")

    @classmethod
    def at(cls, change: int, source: str) -> Address[Self]:
        """Of one source of a table that is compared."""
        return Address(cls, f"changes/{change}/hashes/{source}")


class ChangedRowsFile(WorkingFile):
    """The rows of one shard of keys that something is to be done with: c rows by source."""

    start: Offsets = Offsets("[sources + 1]", "rows by source, in order of names", into="c")
    position: Numbers[np.int64] = Numbers("[c]", "row of the source")
    op: Numbers[np.int8] = Numbers("[c]", "index into OPS")

    @classmethod
    def at(cls, change: int, shard: int) -> Address[Self]:
        """Of one shard of keys."""
        return Address(cls, f"changes/{change}/rows/{shard}")
