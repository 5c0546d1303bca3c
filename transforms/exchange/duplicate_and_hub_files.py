"""What is found by looking over all units before anything is linked: duplicates and hubs."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Offsets
from idweave.transforms.exchange.working_file import Address, WorkingFile


class DuplicatesFile(WorkingFile):
    """The records of one shard of record ids that another record replaces, twice in order.

    d replaced records: by the unit that they are in, and by the unit of the record that replaces.
    """

    by_loser_start: Offsets = Offsets("[units + 1]", "by unit of the replaced record", into="d")
    by_loser_row: Numbers[np.int32] = Numbers("[d]", "replaced record, in its unit")
    by_winner_start: Offsets = Offsets("[units + 1]", "by unit of the replacing record", into="d")
    by_winner_row: Numbers[np.int32] = Numbers("[d]", "replacing record, in its unit")
    by_winner_loser_unit: Numbers[np.int32] = Numbers("[d]", "unit of the replaced record")
    by_winner_loser_row: Numbers[np.int32] = Numbers("[d]", "replaced record, in its unit")

    @classmethod
    def at(cls, shard: int) -> Address[Self]:
        """Of one shard of record ids."""
        return Address(cls, f"duplicates/{shard}")


class HubPairsFile(WorkingFile):
    """What the possible hubs of one unit link under one graph.

    p distinct pairs of a possible hub and an identity that it links.
    """

    start: Offsets = Offsets("[shards + 1]", "by shard of the hub", into="p")
    rule: Numbers[np.int32] = Numbers("[p]", "place of the rule among the graph's hub rules")
    node: Numbers[np.int32] = Numbers("[p]", "the hub's node in the unit")
    hub: Numbers[np.uint64] = Numbers("[p, 2]", "hash of the hub and its scope")
    linked: Numbers[np.uint64] = Numbers("[p, 2]", "hash of the linked identity and its scope")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"hubs/{graph}/pairs/{unit}")


class HubCutFile(WorkingFile):
    """The hubs of one shard: k appearances of identities in units that link nothing."""

    start: Offsets = Offsets("[units + 1]", "by unit", into="k")
    node: Numbers[np.int32] = Numbers("[k]", "the hub's node in its unit")

    @classmethod
    def at(cls, graph: int, shard: int) -> Address[Self]:
        """Of one shard of identities under one graph."""
        return Address(cls, f"hubs/{graph}/cut/{shard}")
