"""What is handed over of people who asked for erasure."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class ListedFile(WorkingFile):
    """s suppressed records, or identities, by hash. See `Listed`."""

    sieve: Numbers[np.uint8] = Numbers("[f]", "bits: how listed hashes begin")
    bucket: Numbers[np.int32] = Numbers("[b]", "where hashes with the same first bits begin")
    short: Numbers[np.uint64] = Numbers("[s]", "short hash, ascending")
    check: Numbers[np.uint64] = Numbers("[s]", "the first 64 bits of the full hash")
    since: Numbers[np.int64] = Numbers("[s]", "µs: records up to then are suppressed")
    request: Numbers[np.int32] = Numbers("[s]", "number of the request")

    @classmethod
    def at(cls, kind: str) -> Address[Self]:
        """Of `record` or `identity`."""
        return Address(cls, f"suppressed/{kind}")


class ErasedFile(WorkingFile):
    """The e ids that are erased, followers included."""

    id: Numbers[np.uint64] = Numbers("[e, 2]", "id")

    @classmethod
    def once(cls) -> Address[Self]:
        """Of the run."""
        return Address(cls, "erased")


class SuppressedFile(WorkingFile):
    """The s records of one unit that are suppressed, and c counts of whose they are."""

    place: Numbers[np.int32] = Numbers("[s]", "records of the unit before it, ascending")
    hash: Texts = Texts("[s]", "the hash of its id")
    path: Texts = Texts("[f]", "paths of the files that the unit is of")
    request: Numbers[np.int32] = Numbers("[c]", "number of a request, or -1; ascending")
    file: Numbers[np.int32] = Numbers("[c]", "place of a file among them")
    records: Numbers[np.int64] = Numbers("[c]", "records of the request in the file")

    @classmethod
    def at(cls, source: str, unit: str) -> Address[Self]:
        """Of one unit of a source."""
        return Address(cls, f"suppressed/of/{source}/{unit}")
