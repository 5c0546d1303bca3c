"""What is handed over where a policy looks at records."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import NamedTexts, Numbers, Offsets, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class GatheredFile(WorkingFile):
    """The records of one unit that take part under one graph, by piece of their component.

    A piece is a range of component ids, small enough to be resolved in memory. r records with e
    entries of k identities, numbered by piece; c changes of `modify`.
    """

    piece_start: Offsets = Offsets("[pieces + 1]", "records by piece", into="r")
    row: Numbers[np.int32] = Numbers("[r]", "record of the unit")
    time: Numbers[np.int64] = Numbers("[r]", "event time in µs since the epoch, or NO_TIME")
    request: Numbers[np.int8] = Numbers("[r]", "index into REQUESTS")
    scope: Numbers[np.int32] = Numbers("[r]", "scope of the graph")
    record_id: Texts = Texts("[r]", "id of the record in its source")
    digest: Numbers[np.uint64] = Numbers("[r, 2]", "id of the component, as bytes in two words")
    attribute: NamedTexts = NamedTexts("[r]", "attributes as read, by attribute")

    entry_start: Offsets = Offsets("[r + 1]", "entries of each record", into="e")
    entry: Numbers[np.int32] = Numbers("[e]", "identity, as its place in the piece")

    identity_start: Offsets = Offsets("[pieces + 1]", "identities by piece", into="k")
    identity_hash: Numbers[np.uint64] = Numbers("[k, 2]", "hash of the identity and its scope")
    identity_type: Numbers[np.int16] = Numbers("[k]", "identity type")
    identity_value: Texts = Texts("[k]", "normalised value")

    change_start: Offsets = Offsets("[r + 1]", "changes of each record", into="c")
    change_type: Numbers[np.int16] = Numbers("[c]", "identity type, -1: none that is configured")
    change_type_name: Texts = Texts("[c]", "identity type as written", nulls=True)
    change_text: Texts = Texts("[c]", "the new value, else the old one", nulls=True)
    change_old: Numbers[np.int32] = Numbers("[c]", "as `entry`, or NO_VALUE, BAD_VALUE")
    change_new: Numbers[np.int32] = Numbers("[c]", "as `entry`, or NO_VALUE, BAD_VALUE")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"gathered/{graph}/{unit}")


class ResolvedFile(WorkingFile):
    """What a policy says of m records of one shard of components, by piece and then by unit.

    a = m where the strategy has aliases, else 0.
    """

    start: Offsets = Offsets("[pieces, units + 1]", "records by piece and unit", into="m")
    row: Numbers[np.int32] = Numbers("[m]", "record of its unit")
    status: Numbers[np.int8] = Numbers("[m]", "index into STATUSES")
    reason: Numbers[np.int8] = Numbers("[m]", "index into REASONS")
    has_profile: Numbers[np.bool_] = Numbers("[m]", "whether `digest` says anything")
    digest: Numbers[np.uint64] = Numbers("[m, 2]", "id of the profile, as bytes in two words")
    has_alias: Numbers[np.bool_] = Numbers("[a]", "whether `alias` says anything")
    alias: Numbers[np.uint64] = Numbers("[a, 2]", "id of the profile whose past the record is")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard under one strategy."""
        return Address(cls, f"resolved/{strategy}/{shard}")

    @classmethod
    def born(cls, strategy: int, shard: int) -> Address[Self]:
        """The same with birth ids, where a base gives lasting ones."""
        return Address(cls, f"born/{strategy}/{shard}")


class FollowedFile(WorkingFile):
    """The profiles of m replaced records, looked up by the unit of those that replace them."""

    start: Offsets = Offsets("[units + 1]", "by unit of the replaced record", into="m")
    row: Numbers[np.int32] = Numbers("[m]", "replaced record, in its unit")
    has_profile: Numbers[np.bool_] = Numbers("[m]", "whether `digest` says anything")
    digest: Numbers[np.uint64] = Numbers("[m, 2]", "id of the profile, as bytes in two words")

    @classmethod
    def at(cls, strategy: int, unit: str) -> Address[Self]:
        """Of one unit of replacing records under one strategy."""
        return Address(cls, f"followed/{strategy}/{unit}")
