"""What is handed over to write audiences."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Offsets
from idweave.transforms.exchange.working_file import Address, WorkingFile


class MembersFile(WorkingFile):
    """The m members of one audience among the profiles of one writer, by shard of their id."""

    start: Offsets = Offsets("[shards + 1]", "members by shard of the id", into="m")
    id: Numbers[np.uint64] = Numbers("[m, 2]", "id of the profile, as bytes in two words")
    scope: Numbers[np.int32] = Numbers("[m]", "scope of the strategy")

    @classmethod
    def at(cls, strategy: int, audience: int, writer: str) -> Address[Self]:
        """Of one writer of profiles."""
        return Address(cls, f"members/{strategy}/{audience}/{writer}")
