"""What is handed over to write groups of profiles."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import NamedTexts, Numbers, Offsets, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class GroupValuesFile(WorkingFile):
    """The p profiles of one piece that hold values of an identity type, for one kind of group.

    k values in a scope, c components of profiles that have some in common, within the piece.
    """

    profile: Numbers[np.uint64] = Numbers("[p, 2]", "id of the profile, as bytes in two words")
    scope: Numbers[np.int32] = Numbers("[p]", "scope of the strategy")
    component: Numbers[np.int32] = Numbers("[p]", "component of the piece")
    attribute: NamedTexts = NamedTexts("[p]", "the profile's, for those of the groups")
    start: Offsets = Offsets("[shards + 1]", "values by shard of their hash", into="k")
    hash: Numbers[np.uint64] = Numbers("[k, 2]", "hash of the value and its scope")
    value_component: Numbers[np.int32] = Numbers("[k]", "component of the piece")
    smallest: Texts = Texts("[c]", "smallest value of the component")

    @classmethod
    def at(cls, strategy: int, group: int, piece: str) -> Address[Self]:
        """Of one piece of a strategy's profiles."""
        return Address(cls, f"group_values/{strategy}/{group}/{piece}")


class GroupRowsFile(WorkingFile):
    """The m profiles of one piece that are in a group of one kind, by shard of the group.

    v = m where the smallest value is still to be found, else 0.
    """

    start: Offsets = Offsets("[shards + 1]", "profiles by shard of their group", into="m")
    key: Numbers[np.uint64] = Numbers("[m, 2]", "id of the group; v = m: label of its component")
    value: Texts = Texts("[v]", "smallest value of its component in the piece")
    profile: Numbers[np.uint64] = Numbers("[m, 2]", "id of the profile, as bytes in two words")
    scope: Numbers[np.int32] = Numbers("[m]", "scope of the strategy")
    attribute: NamedTexts = NamedTexts("[m]", "the profile's, for those of the groups")

    @classmethod
    def at(cls, strategy: int, group: int, piece: str) -> Address[Self]:
        """Of one piece of a strategy's profiles."""
        return Address(cls, f"groups/{strategy}/{group}/{piece}")
