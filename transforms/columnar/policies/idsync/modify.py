"""`modify` of `idsync`: changes in order, all or none (SEMANTICS 3.3)."""

from idweave.transforms.columnar.arrays.compile import lean
from idweave.transforms.columnar.policies.idsync.state import add, holds, remove
from idweave.transforms.columnar.policies.seam import BAD_VALUE, REASON, RULE

_MOVED, _NOT_LINKED = RULE["moved"], RULE["not_linked"]
_VALUE_REFUSED, _IMMUTABLE = REASON["value_refused"], REASON["immutable"]
_NOT_HELD, _FILLED = REASON["old_value_not_held"], REASON["unique_type_filled"]


@lean
def _has(s, profile, identity, touched, now, count):  # type: ignore[no-untyped-def]
    """Whether the profile holds an identity after the changes tried so far."""
    for j in range(count):
        if touched[j] == identity:
            return now[j]
    return holds(s, profile, identity)


@lean
def _set(touched, now, count, identity, held):  # type: ignore[no-untyped-def]
    for j in range(count):
        if touched[j] == identity:
            now[j] = held
            return count
    touched[count] = identity
    now[count] = held
    return count + 1


@lean
def _fault(s, types, profile, old, new, values, touched, now, count):  # type: ignore[no-untyped-def]
    """Why a change can't be made, or 0; `values` are the unique values after those before it."""
    if old == BAD_VALUE or new == BAD_VALUE:
        return _VALUE_REFUSED
    u = s.unique[new] if new >= 0 else s.unique[old]
    if u >= 0 and types.immutable[u]:
        other = new >= 0 and s.owner[new] >= 0 and s.owner[new] != profile
        for j in range(count):
            other &= not (new >= 0 and touched[j] == new)
        if values[u] >= 0 or other:
            return _IMMUTABLE
    if old >= 0 and not _has(s, profile, old, touched, now, count):
        return _NOT_HELD
    if new >= 0 and u >= 0:
        left = -1 if values[u] == old else values[u]
        if left >= 0 and left != new:
            return _FILLED
    return 0


@lean
def modify(s, types, scratch, o, row, profile, drops, dropped):  # type: ignore[no-untyped-def]
    """Try the changes on the side, then make them: 0 or why not, and the number of drops."""
    low, high = o.change_start[row], o.change_start[row + 1]
    touched, now, values = scratch.touched, scratch.now, scratch.values
    for u in range(len(values)):
        values[u] = s.value[profile, u]
    count = 0
    for c in range(low, high):
        old, new = o.change_old[c], o.change_new[c]
        if o.change_type[c] < 0 or (old == -1 and new == -1):
            continue
        fault = _fault(s, types, profile, old, new, values, touched, now, count)
        if fault != 0:
            return fault, dropped
        if old >= 0:
            count = _set(touched, now, count, old, False)
            if s.unique[old] >= 0:
                values[s.unique[old]] = -1
        if new >= 0:
            count = _set(touched, now, count, new, True)
            if s.unique[new] >= 0:
                values[s.unique[new]] = new
    for c in range(low, high):
        new = o.change_new[c]
        if o.change_type[c] < 0:
            drops[0][dropped], drops[1][dropped], drops[2][dropped] = row, -1, c
            drops[3][dropped] = _NOT_LINKED
            dropped += 1
        elif new >= 0 and s.unique[new] >= 0 and s.owner[new] >= 0 and s.owner[new] != profile:
            remove(s, s.owner[new], new)
            drops[0][dropped], drops[1][dropped], drops[2][dropped] = row, new, -1
            drops[3][dropped] = _MOVED
            dropped += 1
    for j in range(count):
        held = holds(s, profile, touched[j])
        if held and not now[j]:
            remove(s, profile, touched[j])
    for j in range(count):
        if now[j] and not holds(s, profile, touched[j]):
            add(s, profile, touched[j])
    return 0, dropped
