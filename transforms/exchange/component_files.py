"""What is handed over until every component has its id."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Offsets, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class LinkFile(WorkingFile):
    """What one graph makes of one unit: verdicts, and its local components by identity.

    n records, c local components, k nodes (an identity in a scope) that take part, by shard of
    their hash, h entries that a hub rule cut.
    """

    verdict: Numbers[np.int8] = Numbers("[n]", "TAKES_PART, DUPLICATE_ROW or index into REASONS")
    row_component: Numbers[np.int32] = Numbers("[n]", "local component, -1: takes no part")
    hub_row: Numbers[np.int32] = Numbers("[h]", "record of an entry that a hub rule cut")
    hub_identity: Numbers[np.int32] = Numbers("[h]", "its identity")

    node_component: Numbers[np.int32] = Numbers("[k]", "local component")
    node_identity: Numbers[np.int32] = Numbers("[k]", "identity of the unit")
    node_scope: Numbers[np.int32] = Numbers("[k]", "scope of the graph")

    birth_row: Numbers[np.int32] = Numbers("[c]", "first record of the local component")
    birth_identity: Numbers[np.int32] = Numbers("[c]", "the strongest identity of that record")
    birth_scope: Numbers[np.int32] = Numbers("[c]", "scope of that record")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"link/{graph}/{unit}")


class NodesFile(WorkingFile):
    """What other units know the nodes of a unit by: k nodes in the order of its `LinkFile`.

    s = k where a strategy of the graph moves no records, else 0. Read once.
    """

    start: Offsets = Offsets("[shards + 1]", "nodes by shard of their hash", into="k")
    hash: Numbers[np.uint64] = Numbers("[k, 2]", "hash of the identity and its scope")
    records: Numbers[np.int32] = Numbers("[s]", "records of the unit that carry the identity")
    first: Numbers[np.int64] = Numbers("[s]", "time of the first of them, or NO_SEEN")
    last: Numbers[np.int64] = Numbers("[s]", "time of the last of them")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"nodes/{graph}/{unit}")


class MergedFile(WorkingFile):
    """What one shard of identities answers to the units that have them.

    m appearances of identities in units, o of them own it; o = 0 where all strategies of the graph
    move records, which count for themselves.
    """

    start: Offsets = Offsets("[units + 1]", "appearances by unit", into="m")
    owner: Numbers[np.bool_] = Numbers("[m]", "the first unit that has the identity")
    owned_start: Offsets = Offsets("[units + 1]", "owned identities by unit", into="o")
    records: Numbers[np.int64] = Numbers("[o]", "records of all units that carry the identity")
    first: Numbers[np.int64] = Numbers("[o]", "time of the first of them, or NO_SEEN")
    last: Numbers[np.int64] = Numbers("[o]", "time of the last of them")

    @classmethod
    def at(cls, graph: int, shard: int) -> Address[Self]:
        """Of one shard of identities under one graph."""
        return Address(cls, f"merge/{graph}/{shard}")


class EdgesFile(WorkingFile):
    """Edges between components of one level that one shard of the level below found.

    e edges, by the shard that contracts them; all in one where no round of contraction may follow.
    """

    start: Offsets = Offsets("[shards + 1]", "edges by shard of their smaller end", into="e")
    left: Numbers[np.int64] = Numbers("[e]", "one end: a component of the level")
    right: Numbers[np.int64] = Numbers("[e]", "the other end")

    @classmethod
    def at(cls, graph: int, level: int, shard: int) -> Address[Self]:
        """Of one shard of one level of a graph; level 0 is that of the units' components."""
        return Address(cls, f"edges/{graph}/{level}/{shard}")


class ContractedFile(WorkingFile):
    """The components of one shard of edges: k nodes of the level below, by shard."""

    start: Offsets = Offsets("[shards + 1]", "nodes by shard", into="k")
    node: Numbers[np.int64] = Numbers("[k]", "node of the level below")
    component: Numbers[np.int64] = Numbers("[k]", "its component, from 0 in the file")

    @classmethod
    def at(cls, graph: int, level: int, shard: int) -> Address[Self]:
        """Of one shard of edges, a level above them."""
        return Address(cls, f"contracted/{graph}/{level}/{shard}")


class LabelsFile(WorkingFile):
    """The labels of all nodes of the level that was solved in memory."""

    label: Numbers[np.int32 | np.int64] = Numbers("[nodes]", "smallest node of the component")

    @classmethod
    def at(cls, graph: int) -> Address[Self]:
        """Of one graph."""
        return Address(cls, f"labels/{graph}")


class ExpandedFile(WorkingFile):
    """Labels of k nodes of one level, by ranges of node: those that one shard contracted."""

    nodes: Numbers[np.int64] = Numbers("[1]", "nodes of the level, in all files")
    start: Offsets = Offsets("[ranges + 1]", "nodes by range", into="k")
    node: Numbers[np.int64] = Numbers("[k]", "node of the level")
    label: Numbers[np.int64] = Numbers("[k]", "its label, as `read_labels` gives them")

    @classmethod
    def at(cls, graph: int, level: int, shard: int) -> Address[Self]:
        """Of one shard of edges, at the level of its nodes."""
        return Address(cls, f"expanded/{graph}/{level}/{shard}")


class CandidatesFile(WorkingFile):
    """What the components of one unit could be named by, by shard of label. Read once.

    c local components.
    """

    start: Offsets = Offsets("[shards + 1]", "local components by shard", into="c")
    label: Numbers[np.int64] = Numbers("[c]", "label of the component that it is part of")
    time: Numbers[np.int64] = Numbers("[c]", "event time of its first record")
    prefix: Numbers[np.uint64] = Numbers("[c, 2]", "first 16 bytes of that record's id")
    row: Numbers[np.int32] = Numbers("[c]", "that record, in the unit")
    scope: Numbers[np.int32] = Numbers("[c]", "scope of that record")
    type: Numbers[np.int16] = Numbers("[c]", "type of the strongest identity of that record")
    value: Texts = Texts("[c]", "its value")
    size: Numbers[np.int32] = Numbers("[c]", "identities that the unit owns")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"candidates/{graph}/{unit}")


class AskedFile(WorkingFile):
    """The order in which the c local components of one unit ask for their names, and get them."""

    component: Numbers[np.int32] = Numbers("[c]", "local component")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"asked/{graph}/{unit}")


class NamedFile(WorkingFile):
    """What one shard of labels answers: the ids of m local components, by unit."""

    start: Offsets = Offsets("[units + 1]", "by unit, in the order in which it asked", into="m")
    digest: Numbers[np.uint64] = Numbers("[m, 2]", "id of the component, as bytes in two words")

    @classmethod
    def at(cls, graph: int, shard: int) -> Address[Self]:
        """Of one shard of labels."""
        return Address(cls, f"named/{graph}/{shard}")
