"""What is handed over to decide which profile of the base each profile is.

Ids are 16 bytes in two words. A *writer* of profiles is a shard of components under a policy that
looks at records, else a shard of labels; a *piece* of the base is some row groups of one file.
"""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Offsets, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class NewBirthsFile(WorkingFile):
    """The n profiles of one writer, by shard of birth id."""

    start: Offsets = Offsets("[shards + 1]", "profiles by shard of birth id", into="n")
    birth: Numbers[np.uint64] = Numbers("[n, 2]", "birth id")
    scope: Numbers[np.int32] = Numbers("[n]", "scope of the graph")

    @classmethod
    def at(cls, strategy: int, writer: str) -> Address[Self]:
        """Of one writer of a strategy."""
        return Address(cls, f"births/{strategy}/{writer}")


class NewHeldFile(WorkingFile):
    """What this run's profiles hold, of one unit or one writer: m pairs by shard of identity."""

    start: Offsets = Offsets("[shards + 1]", "pairs by shard of identity", into="m")
    identity: Numbers[np.uint64] = Numbers("[m, 2]", "hash of the identity and its scope")
    birth: Numbers[np.uint64] = Numbers("[m, 2]", "birth id of the profile that holds it")
    place: Numbers[np.int16] = Numbers("[m]", "place of its type in `link_on`")

    @classmethod
    def at(cls, strategy: int, name: str) -> Address[Self]:
        """Of one unit, or one writer, of a strategy."""
        return Address(cls, f"held/{strategy}/{name}")


class OldHeldFile(WorkingFile):
    """What the base's profiles hold, of one piece of its `identities`: m pairs."""

    start: Offsets = Offsets("[shards + 1]", "pairs by shard of identity", into="m")
    identity: Numbers[np.uint64] = Numbers("[m, 2]", "hash of the identity and its scope")
    id: Numbers[np.uint64] = Numbers("[m, 2]", "id of the profile that holds it")

    @classmethod
    def at(cls, strategy: int, piece: int) -> Address[Self]:
        """Of one piece of the base of a strategy."""
        return Address(cls, f"base/{strategy}/held/{piece}")


class OldBirthsFile(WorkingFile):
    """The live ids of one piece of the base with the birth ids that they have there: b pairs."""

    start: Offsets = Offsets("[shards + 1]", "pairs by shard of birth id", into="b")
    birth: Numbers[np.uint64] = Numbers("[b, 2]", "birth id")
    id: Numbers[np.uint64] = Numbers("[b, 2]", "id")

    @classmethod
    def at(cls, strategy: int, piece: int) -> Address[Self]:
        """Of one piece of the base of a strategy."""
        return Address(cls, f"base/{strategy}/births/{piece}")


class OldIdsFile(WorkingFile):
    """Rows of `ids` of one piece of the base: m rows by shard of an id. Names are `names`."""

    names: Texts = Texts("[names]", "of scopes and runs")
    start: Offsets = Offsets("[shards + 1]", "rows by shard", into="m")
    id: Numbers[np.uint64] = Numbers("[m, 2]", "id")
    scope: Numbers[np.int32] = Numbers("[m]", "name of its scope")
    status: Numbers[np.int8] = Numbers("[m]", "IdStatus")
    current: Numbers[np.uint64] = Numbers("[m, 2]", "of those that are live or merged")
    birth: Numbers[np.uint64] = Numbers("[m, 2]", "of those that are live")
    born_run: Numbers[np.int32] = Numbers("[m]", "name")
    born_at: Numbers[np.int64] = Numbers("[m]", "µs since the epoch")
    ended_run: Numbers[np.int32] = Numbers("[m]", "name, -1 where live")
    ended_at: Numbers[np.int64] = Numbers("[m]", "µs since the epoch, 0 where live")

    @classmethod
    def own(cls, strategy: int, piece: int) -> Address[Self]:
        """All rows, by shard of their id."""
        return Address(cls, f"base/{strategy}/ids/{piece}")

    @classmethod
    def following(cls, strategy: int, piece: int) -> Address[Self]:
        """The merged rows, by shard of the id that they follow."""
        return Address(cls, f"base/{strategy}/following/{piece}")


class CommonFile(WorkingFile):
    """Identities of one shard that profiles of both runs hold: p pairs of profiles."""

    start: Offsets = Offsets("[shards + 1]", "pairs by shard of birth id", into="p")
    birth: Numbers[np.uint64] = Numbers("[p, 2]", "birth id of this run's profile")
    id: Numbers[np.uint64] = Numbers("[p, 2]", "id of the base's profile")
    place: Numbers[np.int16] = Numbers("[p]", "place of the identity's type in `link_on`")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard of identities."""
        return Address(cls, f"common/{strategy}/{shard}")


class RelationsFile(WorkingFile):
    """The relations of the profiles of one shard of birth ids: r pairs with the base's profiles."""

    start: Offsets = Offsets("[shards + 1]", "relations by shard of the base's id", into="r")
    new: Numbers[np.int32] = Numbers("[r]", "number of this run's profile in the shard")
    birth: Numbers[np.uint64] = Numbers("[r, 2]", "its birth id")
    id: Numbers[np.uint64] = Numbers("[r, 2]", "id of the base's profile")
    place: Numbers[np.int16] = Numbers("[r]", "of the strongest type in common, or NOTHING")
    of_type: Numbers[np.int32] = Numbers("[r]", "values of that type in common")
    total: Numbers[np.int32] = Numbers("[r]", "identities in common")
    same_birth: Numbers[np.bool_] = Numbers("[r]", "equal birth ids")
    claimed: Numbers[np.bool_] = Numbers("[r]", "this run's profile claims this one first")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard of birth ids."""
        return Address(cls, f"relations/{strategy}/{shard}")


class ClaimsFile(WorkingFile):
    """The second claims of one shard of birth ids, in the order of its relations."""

    claimed: Numbers[np.bool_] = Numbers("[r]", "claimed in the second round")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard of birth ids."""
        return Address(cls, f"claims/{strategy}/{shard}")


class GrantsFile(WorkingFile):
    """What one shard of the base's ids answers to relations, in the order of each one's shard."""

    start: Offsets = Offsets("[shards + 1]", "relations by shard of birth id", into="r")
    answer: Numbers[np.int8] = Numbers("[r]", "LEFT, GRANTED or TAKEN")

    @classmethod
    def at(cls, strategy: int, turn: int, shard: int) -> Address[Self]:
        """Of one shard of the base's ids, in the first or the second round."""
        return Address(cls, f"grants/{strategy}/{turn}/{shard}")


class LastingFile(WorkingFile):
    """The ids of the n profiles of one shard of birth ids, and of its r relations' profiles."""

    start: Offsets = Offsets("[writers + 1]", "profiles by writer, in its order", into="n")
    id: Numbers[np.uint64] = Numbers("[n, 2]", "lasting id")
    relation_id: Numbers[np.uint64] = Numbers("[r, 2]", "of each relation's profile")
    granted: Numbers[np.bool_] = Numbers("[r]", "its id is that of the base's profile")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard of birth ids."""
        return Address(cls, f"lasting/{strategy}/{shard}")


class NotGrantedFile(WorkingFile):
    """The l profiles of one shard of birth ids whose ids no profile of the base gave.

    v of these ids had ended as merged ones, and are live again.
    """

    id: Numbers[np.uint64] = Numbers("[l, 2]", "lasting id")
    birth: Numbers[np.uint64] = Numbers("[l, 2]", "birth id")
    scope: Numbers[np.int32] = Numbers("[l]", "scope of the graph")
    other: Numbers[np.uint64] = Numbers("[l, 2]", "id of the base that it claimed first")
    has_other: Numbers[np.bool_] = Numbers("[l]", "whether there is one")
    revived_start: Offsets = Offsets("[shards + 1]", "by shard of what it had followed", into="v")
    revived: Numbers[np.uint64] = Numbers("[v, 2]", "id that had followed another")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard of birth ids."""
        return Address(cls, f"not_granted/{strategy}/{shard}")


class LastingComponentsFile(WorkingFile):
    """As `NamedFile`, with lasting ids: where the component is the profile."""

    start: Offsets = Offsets("[units + 1]", "by unit, in the order in which it asked", into="m")
    digest: Numbers[np.uint64] = Numbers("[m, 2]", "id of the profile, as bytes in two words")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard of labels, under one strategy."""
        return Address(cls, f"lasting_components/{strategy}/{shard}")
