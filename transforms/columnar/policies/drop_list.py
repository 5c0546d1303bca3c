"""The list of values that a replay leaves out, as its kernels write it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inner
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.policies.seam import Drops

_NONE = -1
_ROW = np.dtype(
    [
        ("observation", np.int32),
        ("identity", np.int32),
        ("change", np.int32),
        ("rule", np.int8),
    ]
)


class DropList(NamedTuple):
    """Rows with room for all that may be dropped; pages that nothing is written to cost nothing."""

    row: NDArray[np.void]  # [most] of _ROW
    size: Longs  # [1] of those in use


def new_drop_list(most: int) -> DropList:
    """An empty list.

    Args:
        most: values that may be dropped; each identity of an observation and each change once.
    """
    return DropList(row=np.empty(most + 1, _ROW), size=np.zeros(1, np.int64))


@inner
def drop_identity(drops, observation, identity, rule):  # type: ignore[no-untyped-def]
    """Tell that an observation's identity was left out."""
    row = drops.row[drops.size[0]]
    row.observation = observation
    row.identity = identity
    row.change = _NONE
    row.rule = rule
    drops.size[0] += 1


@inner
def drop_change(drops, observation, change, rule):  # type: ignore[no-untyped-def]
    """Tell that a change was left out, whose values have no code."""
    row = drops.row[drops.size[0]]
    row.observation = observation
    row.identity = _NONE
    row.change = change
    row.rule = rule
    drops.size[0] += 1


def drops_of(drops: DropList) -> Drops:
    """The list as a policy answers it."""
    rows = drops.row[: int(drops.size[0])]
    return Drops(*(np.ascontiguousarray(rows[name]) for name in Drops._fields))
