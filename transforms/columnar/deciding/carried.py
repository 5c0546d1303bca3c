"""Which identities that decisions name the records of a unit carry, as they were read."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs


class Records(NamedTuple):
    """``n`` records of a unit with ``e`` entries and ``c`` changes of `modify` requests."""

    start: Longs  # [n + 1]
    identity: Ints  # [e] of the unit
    scope: Ints  # [n] of the graph, or -1; -1 too where another record replaces it
    change_row: Ints  # [c]
    change_old: Ints  # [c] identity, or below 0
    change_new: Ints  # [c]


def carried(records: Records, of_identity: Ints, wanted: int, scopes: int) -> Flags:
    """[wanted, scopes] whether a record of the scope carries it, or a change of one names it.

    Args:
        of_identity: [k] what an identity of the unit is among those wanted, or -1.
    """
    out = np.zeros((wanted, scopes), bool)
    row = np.repeat(np.arange(len(records.scope)), np.diff(records.start))
    for rows, identity in (
        (row, records.identity),
        (records.change_row, records.change_old),
        (records.change_row, records.change_new),
    ):
        place = np.where(identity >= 0, of_identity[identity], -1)
        at = np.flatnonzero((place >= 0) & (records.scope[rows] >= 0))
        out[place[at], records.scope[rows[at]]] = True
    return out
