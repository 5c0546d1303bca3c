"""The state of an `idsync` replay: which profile holds which identity, and who was used last.

Flat arrays with room for everything that a replay can create. A *node* is one identity held by one
profile. Nodes are found by a hash table; besides, each stands in at most one list of its identity:

* of a login type: all who hold it (they are known profiles);
* else, of an anonymous profile with few identities: a list with the profile used last in front, so
  the answer to "who was used last" stands at its head however many hold the identity;
* else, of an anonymous profile with many identities: a list without order (moving all its nodes at
  each use would cost too much; a profile with many identities is rare in any one list).

Known profiles need no other list: an observation can only find them by a login value.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import lean
from idweave.transforms.columnar.arrays.factorise import mix
from idweave.transforms.columnar.policies.seam import Flags, Ints

FEW = 32  # identities up to which a profile's nodes are kept in order of use
_NOWHERE, _ORDERED, _LOOSE = 0, 1, 2
_TOMB = -2
_PROFILES, _NODES = 0, 1


class State(NamedTuple):
    """``p`` profiles at most, ``k`` identities, ``m`` nodes at most."""

    login: Flags  # [k] of a login type
    unique: NDArray[np.int16]  # [k] number of its unique type, or -1
    head: Ints  # [k] first node of the ordered list, or of all holders of a login value
    loose: Ints  # [k] first node of the list without order
    length: Ints  # [k] nodes in both lists
    holders: Ints  # [k] profiles that hold it
    owner: Ints  # [k] of a unique type: who holds it, or -1
    node_profile: Ints  # [m]
    node_identity: Ints  # [m]
    before: Ints  # [m] in the identity's list
    after: Ints  # [m]
    place: NDArray[np.int8]  # [m] which list
    next_held: Ints  # [m] in the profile's list of nodes
    previous_held: Ints  # [m]
    held: Ints  # [p] first node of the profile
    degree: Ints  # [p] identities held
    logins: Ints  # [p] login values held: known iff there is one
    many: Flags  # [p] has once held more than FEW
    used: Ints  # [p] the observation that used it last
    value: Ints  # [p, unique types] the value held, or -1
    table: Ints  # hash table of nodes: -1 empty, -2 removed
    stamp: Ints  # [p] scratch: seen while resolving this observation
    known: Ints  # [p] scratch
    counter: NDArray[np.int64]  # [2] profiles and nodes in use


def new_state(
    profiles: int, nodes: int, login: Flags, unique: NDArray[np.int16], unique_types: int
) -> State:
    """An empty state with room for some profiles and nodes."""
    k = len(login)

    def none(size: int) -> Ints:
        return np.full(size, -1, np.int32)

    def zero(size: int) -> Ints:
        return np.zeros(size, np.int32)

    slots = 1 << max(4, (2 * nodes).bit_length())
    return State(
        login, unique, none(k), none(k), zero(k), zero(k), none(k),
        none(nodes), none(nodes), none(nodes), none(nodes), np.zeros(nodes, np.int8),
        none(nodes), none(nodes),
        none(profiles), zero(profiles), zero(profiles), np.zeros(profiles, bool), none(profiles),
        np.full((profiles, max(1, unique_types)), -1, np.int32),
        none(slots), none(profiles), none(profiles), np.zeros(2, np.int64),
    )  # fmt: skip


@lean
def _slot(s, profile, identity):  # type: ignore[no-untyped-def]
    mask = len(s.table) - 1
    slot = np.int64(mix(np.uint64(profile), np.uint64(identity)) & np.uint64(mask))
    while s.table[slot] != -1:
        node = s.table[slot]
        if node >= 0 and s.node_profile[node] == profile and s.node_identity[node] == identity:
            return slot, True
        slot = (slot + 1) & mask
    return slot, False


@lean
def holds(s, profile, identity):  # type: ignore[no-untyped-def]
    """Whether a profile holds an identity."""
    return _slot(s, profile, identity)[1]


@lean
def new_profile(s, row):  # type: ignore[no-untyped-def]
    """Make a profile without identities, used by the observation that creates it."""
    profile = s.counter[_PROFILES]
    s.counter[_PROFILES] += 1
    s.used[profile] = row
    return profile


@lean
def drop_newest_profile(s):  # type: ignore[no-untyped-def]
    """Take back the profile made last, which holds nothing."""
    s.counter[_PROFILES] -= 1


@lean
def _attach(s, node):  # type: ignore[no-untyped-def]
    """Put a node into the list where it belongs."""
    profile = s.node_profile[node]
    identity = s.node_identity[node]
    if s.login[identity]:
        ordered = True
        after = s.head[identity]
        before = -1
    elif s.logins[profile] > 0:
        return
    else:
        ordered = not s.many[profile]
        after = s.head[identity] if ordered else s.loose[identity]
        before = -1
        # the profile just used goes to the front at once; only one that `modify` made anonymous
        # again without using it has to look for its place
        while ordered and after >= 0 and s.used[s.node_profile[after]] > s.used[profile]:
            before = after
            after = s.after[after]
    s.place[node] = _ORDERED if ordered else _LOOSE
    s.before[node] = before
    s.after[node] = after
    if after >= 0:
        s.before[after] = node
    if before >= 0:
        s.after[before] = node
    elif ordered:
        s.head[identity] = node
    else:
        s.loose[identity] = node
    s.length[identity] += 1


@lean
def _detach(s, node):  # type: ignore[no-untyped-def]
    """Take a node out of its list."""
    if s.place[node] == _NOWHERE:
        return
    identity = s.node_identity[node]
    before = s.before[node]
    after = s.after[node]
    if after >= 0:
        s.before[after] = before
    if before >= 0:
        s.after[before] = after
    elif s.place[node] == _ORDERED:
        s.head[identity] = after
    else:
        s.loose[identity] = after
    s.place[node] = _NOWHERE
    s.length[identity] -= 1


@lean
def _move_all(s, profile):  # type: ignore[no-untyped-def]
    """Put all nodes of a profile where they belong now."""
    node = s.held[profile]
    while node >= 0:
        if not s.login[s.node_identity[node]]:
            _detach(s, node)
            _attach(s, node)
        node = s.next_held[node]


@lean
def use(s, profile, row):  # type: ignore[no-untyped-def]
    """Note that an observation was assigned to a profile."""
    s.used[profile] = row
    if s.logins[profile] == 0 and not s.many[profile]:
        _move_all(s, profile)


@lean
def add(s, profile, identity):  # type: ignore[no-untyped-def]
    """Let a profile hold an identity that it lacks."""
    slot, _ = _slot(s, profile, identity)
    node = s.counter[_NODES]
    s.counter[_NODES] += 1
    s.table[slot] = node
    s.node_profile[node] = profile
    s.node_identity[node] = identity
    s.next_held[node] = s.held[profile]
    if s.held[profile] >= 0:
        s.previous_held[s.held[profile]] = node
    s.held[profile] = node
    s.degree[profile] += 1
    s.holders[identity] += 1
    if s.unique[identity] >= 0:
        s.owner[identity] = profile
        s.value[profile, s.unique[identity]] = identity
    if s.login[identity]:
        s.logins[profile] += 1
        if s.logins[profile] == 1:
            _move_all(s, profile)
    _attach(s, node)
    if s.degree[profile] > FEW and not s.many[profile]:
        s.many[profile] = True
        if s.logins[profile] == 0:
            _move_all(s, profile)


@lean
def remove(s, profile, identity):  # type: ignore[no-untyped-def]
    """Take an identity from a profile that holds it."""
    slot, _ = _slot(s, profile, identity)
    node = s.table[slot]
    s.table[slot] = _TOMB
    _detach(s, node)
    before = s.previous_held[node]
    after = s.next_held[node]
    if after >= 0:
        s.previous_held[after] = before
    if before >= 0:
        s.next_held[before] = after
    else:
        s.held[profile] = after
    s.degree[profile] -= 1
    s.holders[identity] -= 1
    if s.unique[identity] >= 0:
        s.owner[identity] = -1
        s.value[profile, s.unique[identity]] = -1
    if s.login[identity]:
        s.logins[profile] -= 1
        if s.logins[profile] == 0:
            _move_all(s, profile)
