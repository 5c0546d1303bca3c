"""`modify` of `idsync`: changes in order, all or none (SEMANTICS 3.3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inlined, inner
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.codes import BAD_VALUE, NO_VALUE
from idweave.transforms.columnar.policies.drop_list import drop_change, drop_identity
from idweave.transforms.columnar.policies.idsync.nodes import add, holds, remove
from idweave.transforms.columnar.policies.idsync.state import NO_IDENTITY, NOT_UNIQUE
from idweave.transforms.columnar.policies.seam import NOBODY, Observations
from idweave.transforms.columnar.vocabulary import Reason, Rule

_MOVED, _NOT_LINKED = int(Rule.MOVED), int(Rule.NOT_LINKED)
_FINE, _APART = int(Reason.NONE), int(Reason.APART)
_VALUE_REFUSED, _IMMUTABLE = int(Reason.VALUE_REFUSED), int(Reason.IMMUTABLE)
_NOT_HELD, _FILLED = int(Reason.OLD_VALUE_NOT_HELD), int(Reason.UNIQUE_TYPE_FILLED)
_UNLINKED_TYPE = -1
_TRIED = np.dtype([("identity", np.int32), ("held", np.bool_)], align=True)


class Tried(NamedTuple):
    """What a profile would hold after the changes tried so far, where they touch it."""

    row: NDArray[np.void]  # [2 c] of _TRIED
    size: NDArray[np.int64]  # [1] rows in use
    value: Ints  # [unique types] its value, or NO_IDENTITY


def new_tried(observations: Observations, unique_types: int) -> Tried:
    """Room for the changes of any observation."""
    most = int(np.diff(observations.change_start).max(initial=0))
    return Tried(
        row=np.empty(2 * most, _TRIED),
        size=np.zeros(1, np.int64),
        value=np.empty(unique_types, np.int32),
    )


@inner
def modify(s, tried, o, row, profile):  # type: ignore[no-untyped-def]
    """Try the changes on the side, then make them: why not, or _FINE."""
    tried.size[0] = 0
    for u in range(len(tried.value)):
        tried.value[u] = s.value[profile, u]
    for c in range(o.change_start[row], o.change_start[row + 1]):
        old, new = o.change_old[c], o.change_new[c]
        if o.change_type[c] == _UNLINKED_TYPE or (old == NO_VALUE and new == NO_VALUE):
            continue
        fault = _fault(s, tried, profile, old, new)
        if fault != _FINE:
            return fault
        _try(s, tried, old, new)
    for c in range(o.change_start[row], o.change_start[row + 1]):
        if o.change_type[c] == _UNLINKED_TYPE:
            drop_change(s.drops, row, c, _NOT_LINKED)
        elif o.change_new[c] >= 0 and _would_hold(s, tried, profile, o.change_new[c]):
            _take_from_others(s, row, profile, o.change_new[c])
    _make(s, tried, profile)
    return _FINE


@inner
def _fault(s, tried, profile, old, new):  # type: ignore[no-untyped-def]
    """Why a change can't be made after those tried, or _FINE."""
    if old == BAD_VALUE or new == BAD_VALUE:
        return _VALUE_REFUSED
    u = s.identity[new].unique if new >= 0 else s.identity[old].unique
    if u != NOT_UNIQUE and s.immutable[u]:
        if tried.value[u] != NO_IDENTITY or _is_anothers(s, tried, profile, new):
            return _IMMUTABLE
    if old >= 0 and not _would_hold(s, tried, profile, old):
        return _NOT_HELD
    if new >= 0 and u != NOT_UNIQUE:
        left = NO_IDENTITY if tried.value[u] == old else tried.value[u]
        if left != NO_IDENTITY and left != new:
            return _FILLED
    return _APART if new >= 0 and _meets(s, tried, profile, old, new) else _FINE


@inlined
def _is_anothers(s, tried, profile, new):  # type: ignore[no-untyped-def]
    """Whether another profile holds a unique value, also after the changes tried."""
    if new < 0 or s.identity[new].owner in (NOBODY, profile):
        return False
    for j in range(tried.size[0]):
        if tried.row[j].identity == new:
            return False
    return True


@inlined
def _would_hold(s, tried, profile, identity):  # type: ignore[no-untyped-def]
    """Whether the profile would hold an identity after the changes tried."""
    for j in range(tried.size[0]):
        if tried.row[j].identity == identity:
            return tried.row[j].held
    return holds(s, profile, identity)


@inlined
def _meets(s, tried, profile, old, new):  # type: ignore[no-untyped-def]
    """Whether the profile would hold what is apart from a new value, besides the old one."""
    for c in range(s.apart_start[new], s.apart_start[new + 1]):
        if s.apart[c] != old and _would_hold(s, tried, profile, s.apart[c]):
            return True
    return False


@inlined
def _try(s, tried, old, new):  # type: ignore[no-untyped-def]
    """Note what a change does."""
    if old >= 0:
        _note(tried, old, False)
        if s.identity[old].unique != NOT_UNIQUE:
            tried.value[s.identity[old].unique] = NO_IDENTITY
    if new >= 0:
        _note(tried, new, True)
        if s.identity[new].unique != NOT_UNIQUE:
            tried.value[s.identity[new].unique] = new


@inlined
def _note(tried, identity, held):  # type: ignore[no-untyped-def]
    for j in range(tried.size[0]):
        if tried.row[j].identity == identity:
            tried.row[j].held = held
            return
    row = tried.row[tried.size[0]]
    row.identity = identity
    row.held = held
    tried.size[0] += 1


@inlined
def _take_from_others(s, row, profile, new):  # type: ignore[no-untyped-def]
    """Take a new value of a unique type, which stays, from the profile that holds it."""
    owner = s.identity[new].owner
    if owner != NOBODY and owner != profile:
        remove(s, owner, new)
        drop_identity(s.drops, row, new, _MOVED)


@inlined
def _make(s, tried, profile):  # type: ignore[no-untyped-def]
    """Let the profile hold what it would hold."""
    for j in range(tried.size[0]):
        tried_row = tried.row[j]
        if not tried_row.held and holds(s, profile, tried_row.identity):
            remove(s, profile, tried_row.identity)
    for j in range(tried.size[0]):
        tried_row = tried.row[j]
        if tried_row.held and not holds(s, profile, tried_row.identity):
            add(s, profile, tried_row.identity)
