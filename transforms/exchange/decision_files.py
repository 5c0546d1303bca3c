"""What is handed over where people decided about identities."""

from typing import Self

import numpy as np

from idweave.transforms.exchange.fields import Numbers, Offsets, Texts
from idweave.transforms.exchange.working_file import Address, WorkingFile


class CarriedFile(WorkingFile):
    """Which identities that decisions name the records of one unit carry, as they were read.

    c pairs of an identity and a scope.
    """

    identity: Numbers[np.int32] = Numbers("[c]", "its number among those that decisions name")
    scope: Numbers[np.int32] = Numbers("[c]", "scope of the graph")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"decisions/{graph}/carried/{unit}")


class RulingsFile(WorkingFile):
    """What decisions mean for one graph: r of them by scope, t tied values. See `Rulings`."""

    decision: Numbers[np.int32] = Numbers("[r]", "its place among the graph's decisions")
    scope: Numbers[np.int32] = Numbers("[r]", "where both identities are carried; -1: nowhere")
    left: Numbers[np.int32] = Numbers("[r]", "what its left identity counts as")
    right: Numbers[np.int32] = Numbers("[r]", "what its right one counts as")
    apart: Numbers[np.bool_] = Numbers("[r]", "it keeps both apart, else together")
    links: Numbers[np.bool_] = Numbers("[r]", "it links identities of two types")
    works: Numbers[np.bool_] = Numbers("[r]", "both are carried, and of types that link")
    tied_scope: Numbers[np.int32] = Numbers("[t]", "scope of the graph, ascending")
    tied: Numbers[np.int32] = Numbers("[t]", "a value that counts as another one")
    tied_to: Numbers[np.int32] = Numbers("[t]", "the smallest of its class")

    @classmethod
    def at(cls, graph: int) -> Address[Self]:
        """Of one graph."""
        return Address(cls, f"decisions/{graph}/rulings")


class DecidedFile(WorkingFile):
    """The fields of `UnitFile` that decisions change for one graph, and what they left out.

    n records with e entries of k identities, c changes; all 0 where `touched` is false: then the
    unit is as it was read. a values left out. s = n for the unit of what people link, else 0.
    """

    touched: Numbers[np.bool_] = Numbers("[1]", "whether decisions change anything of the unit")
    start: Offsets = Offsets("[n + 1]", "entries of each record", into="e")
    identity: Numbers[np.int32] = Numbers("[e]", "identity, ascending in a record")
    beside: Numbers[np.bool_] = Numbers("[e]", "as it was read; it counts as another: only listed")
    type: Numbers[np.int16] = Numbers("[k]", "identity type, ascending")
    hash: Numbers[np.uint64] = Numbers("[k, 2]", "keyed hash of type and value")
    value: Texts = Texts("[k]", "normalised value")
    change_old: Numbers[np.int32] = Numbers("[c]", "identity, or NO_VALUE, BAD_VALUE")
    change_new: Numbers[np.int32] = Numbers("[c]", "identity, or NO_VALUE, BAD_VALUE")
    left_row: Numbers[np.int32] = Numbers("[a]", "record of a value that `apart` left out")
    left_identity: Numbers[np.int32] = Numbers("[a]", "that value")
    scope: Numbers[np.int32] = Numbers("[s]", "scope of what people link")

    @classmethod
    def at(cls, graph: int, unit: str) -> Address[Self]:
        """Of one unit under one graph."""
        return Address(cls, f"decisions/{graph}/unit/{unit}")


class OutcomesFile(WorkingFile):
    """The rulings of which one profile of one shard holds both identities at the end."""

    ruling: Numbers[np.int32] = Numbers("[r]", "place among the graph's rulings")

    @classmethod
    def at(cls, strategy: int, shard: int) -> Address[Self]:
        """Of one shard under one strategy."""
        return Address(cls, f"decisions/outcomes/{strategy}/{shard}")
