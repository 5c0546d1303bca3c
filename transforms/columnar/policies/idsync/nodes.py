"""What profiles hold, kept in step with the lists in which holders are found: see `state.py`."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import inlined, inner
from idweave.transforms.columnar.arrays.factorise import mix
from idweave.transforms.columnar.policies.idsync.state import (
    EMPTY,
    END,
    LOOSE,
    NO_IDENTITY,
    NOT_UNIQUE,
    NOWHERE,
    ORDERED,
    REMOVED,
)
from idweave.transforms.columnar.policies.seam import NOBODY

FEW = 32  # identities up to which a profile's nodes are kept in order of use


@inner
def _slot(s, profile, identity):  # type: ignore[no-untyped-def]
    """The slot of a node and whether it is there; else the slot where it would go."""
    mask = len(s.table) - 1
    slot = np.int64(mix(np.uint64(profile), np.uint64(identity)) & np.uint64(mask))
    place = s.table[slot]
    while place != EMPTY:
        if place != REMOVED:
            if s.node[place].profile == profile and s.node[place].identity == identity:
                return slot, True
        slot = (slot + 1) & mask
        place = s.table[slot]
    return slot, False


@inner
def holds(s, profile, identity):  # type: ignore[no-untyped-def]
    """Whether a profile holds an identity."""
    return _slot(s, profile, identity)[1]


@inlined
def new_profile(s, row):  # type: ignore[no-untyped-def]
    """Make a profile without identities, used by the observation that creates it."""
    profile = s.profiles[0]
    s.profiles[0] += 1
    made = s.profile[profile]
    made.birth = row
    made.used = row
    made.linked_from = NOBODY
    made.held = END
    made.degree = 0
    made.logins = 0
    made.looked_at = -1
    made.many = False
    for u in range(s.value.shape[1]):
        s.value[profile, u] = NO_IDENTITY
    return profile


@inlined
def drop_newest_profile(s):  # type: ignore[no-untyped-def]
    """Take back the profile made last, which holds nothing."""
    s.profiles[0] -= 1


@inlined
def use(s, profile, row):  # type: ignore[no-untyped-def]
    """Note that an observation was assigned to a profile."""
    s.profile[profile].used = row
    if s.profile[profile].logins == 0 and not s.profile[profile].many:
        _move_all(s, profile)


@inner
def add(s, profile, identity):  # type: ignore[no-untyped-def]
    """Let a profile hold an identity that it lacks."""
    node = _new_node(s, profile, identity)
    holder, held = s.profile[profile], s.identity[identity]
    held.holders += 1
    if held.unique != NOT_UNIQUE:
        held.owner = profile
        s.value[profile, held.unique] = identity
    if held.login:
        holder.logins += 1
        if holder.logins == 1:
            _move_all(s, profile)
    _attach(s, node)
    if holder.degree > FEW and not holder.many:
        holder.many = True
        if holder.logins == 0:
            _move_all(s, profile)


@inlined
def _new_node(s, profile, identity):  # type: ignore[no-untyped-def]
    """A node in the table and in front of the profile's nodes, in no list of its identity."""
    slot, _ = _slot(s, profile, identity)
    place = s.nodes[0]
    s.nodes[0] += 1
    s.table[slot] = place
    node, holder = s.node[place], s.profile[profile]
    node.profile = profile
    node.identity = identity
    node.listed = NOWHERE
    node.held_before = END
    node.held_after = holder.held
    if holder.held != END:
        s.node[holder.held].held_before = place
    holder.held = place
    holder.degree += 1
    return place


@inner
def remove(s, profile, identity):  # type: ignore[no-untyped-def]
    """Take an identity from a profile that holds it."""
    slot, _ = _slot(s, profile, identity)
    place = s.table[slot]
    s.table[slot] = REMOVED
    _detach(s, place)
    node, holder, held = s.node[place], s.profile[profile], s.identity[identity]
    if node.held_after != END:
        s.node[node.held_after].held_before = node.held_before
    if node.held_before != END:
        s.node[node.held_before].held_after = node.held_after
    else:
        holder.held = node.held_after
    holder.degree -= 1
    held.holders -= 1
    if held.unique != NOT_UNIQUE:
        held.owner = NOBODY
        s.value[profile, held.unique] = NO_IDENTITY
    if held.login:
        holder.logins -= 1
        if holder.logins == 0:
            _move_all(s, profile)


@inner
def _move_all(s, profile):  # type: ignore[no-untyped-def]
    """Put all nodes of a profile where they belong now."""
    place = s.profile[profile].held
    while place != END:
        if not s.identity[s.node[place].identity].login:
            _detach(s, place)
            _attach(s, place)
        place = s.node[place].held_after


@inner
def _attach(s, place):  # type: ignore[no-untyped-def]
    """Put a node into the list where it belongs."""
    node = s.node[place]
    held, holder = s.identity[node.identity], s.profile[node.profile]
    if held.login:
        _insert(s, place, ORDERED, END, held.head)
    elif holder.logins > 0:
        return
    elif holder.many:
        _insert(s, place, LOOSE, END, held.loose)
    else:
        # the profile just used goes to the front at once; only one that `modify` made anonymous
        # again without using it has to look for its place
        before, after = np.int32(END), held.head
        while after != END and s.profile[s.node[after].profile].used > holder.used:
            before, after = after, s.node[after].after
        _insert(s, place, ORDERED, before, after)


@inner
def _insert(s, place, listed, before, after):  # type: ignore[no-untyped-def]
    """Put a node into a list of its identity, between two that are neighbours there."""
    node = s.node[place]
    held = s.identity[node.identity]
    node.listed = listed
    node.before = before
    node.after = after
    if after != END:
        s.node[after].before = place
    if before != END:
        s.node[before].after = place
    elif listed == ORDERED:
        held.head = place
    else:
        held.loose = place
    held.length += 1


@inner
def _detach(s, place):  # type: ignore[no-untyped-def]
    """Take a node out of its identity's list."""
    node = s.node[place]
    if node.listed == NOWHERE:
        return
    held = s.identity[node.identity]
    if node.after != END:
        s.node[node.after].before = node.before
    if node.before != END:
        s.node[node.before].after = node.after
    elif node.listed == ORDERED:
        held.head = node.after
    else:
        held.loose = node.after
    node.listed = NOWHERE
    held.length -= 1
