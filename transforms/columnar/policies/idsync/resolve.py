"""Policy `idsync`: every request resolves to one profile, and nothing ever merges.

SEMANTICS 3.3, like mParticle IDSync. An ordered replay: one pass over the observations on flat
arrays; `state.py` says what they are, `nodes.py` keeps who holds what, `candidates.py` finds the
profile, `modify.py` makes changes.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import inlined, inner, kernel, lean
from idweave.transforms.columnar.policies.drop_list import drop_identity, drops_of
from idweave.transforms.columnar.policies.idsync.candidates import (
    holds_counterpart,
    holds_immutable_of,
    holds_login_of,
    new_scratch,
)
from idweave.transforms.columnar.policies.idsync.candidates import resolve as find_profile
from idweave.transforms.columnar.policies.idsync.modify import modify, new_tried
from idweave.transforms.columnar.policies.idsync.nodes import (
    add,
    drop_newest_profile,
    holds,
    new_profile,
    use,
)
from idweave.transforms.columnar.policies.idsync.rules import IdSync
from idweave.transforms.columnar.policies.idsync.state import (
    NO_IDENTITY,
    NOT_UNIQUE,
    State,
    new_state,
)
from idweave.transforms.columnar.policies.idsync.switches import switches_of
from idweave.transforms.columnar.policies.seam import (
    NOBODY,
    Decisions,
    Identities,
    Observations,
    Resolution,
    no_links,
    nothing_decided,
)
from idweave.transforms.columnar.vocabulary import Reason, Request, Rule, Status

_LOGIN, _LOGOUT = int(Request.LOGIN), int(Request.LOGOUT)
_SEARCH, _MODIFY = int(Request.SEARCH), int(Request.MODIFY)
_ASSIGNED, _UNASSIGNED, _REFUSED = (
    int(status) for status in (Status.ASSIGNED, Status.UNASSIGNED, Status.REFUSED)
)
_FINE, _NO_IDENTITY, _NOT_FOUND = int(Reason.NONE), int(Reason.NO_IDENTITY), int(Reason.NOT_FOUND)
_UPDATE_ONLY, _ALL_TAKEN = int(Reason.UPDATE_ONLY), int(Reason.ALL_IDENTITIES_TAKEN)
_NO_LOGIN_ID = int(Reason.LOGIN_WITHOUT_LOGIN_ID)
_TAKEN, _FILLED = int(Rule.UNIQUE_VALUE_TAKEN), int(Rule.UNIQUE_TYPE_FILLED)
_LOGIN_ON_LOGOUT, _APART = int(Rule.LOGIN_ID_ON_LOGOUT), int(Rule.APART)


def resolve(
    observations: Observations,
    identities: Identities,
    rules: IdSync,
    decisions: Decisions | None = None,
) -> Resolution:
    """Replay the observations in order."""
    decisions = decisions or nothing_decided(observations, identities)
    state = new_state(observations, identities, rules, decisions)
    switches = switches_of(rules)
    scratch = new_scratch(observations)
    _replay(state, scratch, new_tried(observations, len(rules.unique)), observations, switches)
    return _resolution(state, observations)


def _resolution(state: State, observations: Observations) -> Resolution:
    """The answer, once the replay is over."""
    profile = state.profile[: int(state.profiles[0])]
    birth = np.ascontiguousarray(profile["birth"])
    there = np.flatnonzero(_alive(state.table, int(state.nodes[0])))
    return Resolution(
        profile=np.ascontiguousarray(state.answer["profile"]),
        status=np.ascontiguousarray(state.answer["status"]),
        reason=np.ascontiguousarray(state.answer["reason"]),
        profile_component=observations.component[birth],
        birth_observation=birth,
        birth_identity=np.full(len(profile), NO_IDENTITY, np.int32),
        known=profile["logins"] > 0,
        linked_from=np.ascontiguousarray(profile["linked_from"]),
        held_profile=state.node["profile"][there],
        held_identity=state.node["identity"][there],
        drops=drops_of(state.drops),
        links=no_links(),
    )


@kernel
def _alive(table, nodes):  # type: ignore[no-untyped-def]
    """[nodes] whether the profile still holds the identity: what the hash table still has."""
    out = np.zeros(nodes, np.bool_)
    for slot in range(len(table)):
        if table[slot] >= 0:
            out[table[slot]] = True
    return out


@lean
def _replay(s, scratch, tried, o, switches):  # type: ignore[no-untyped-def]
    """Take the observations in order."""
    for row in range(len(o.request)):
        ids = o.identity[o.start[row] : o.start[row + 1]]
        request = o.request[row]
        if request == _LOGOUT:
            _log_out(s, scratch, ids, row, o.creates[row], switches)
        elif request == _SEARCH:
            _search(s, scratch, ids, row, switches)
        elif request == _MODIFY:
            _modify(s, scratch, tried, o, ids, row)
        elif request == _LOGIN and switches.logs_in and not _has_login(s, ids):
            _say(s, row, NOBODY, _REFUSED, _NO_LOGIN_ID)
        else:
            _identify(s, scratch, ids, row, o.creates[row], switches)


@inlined
def _say(s, row, profile, status, reason):  # type: ignore[no-untyped-def]
    """Answer what became of an observation."""
    answer = s.answer[row]
    answer.profile = profile
    answer.status = status
    answer.reason = reason


@inlined
def _has_login(s, ids):  # type: ignore[no-untyped-def]
    for i in range(len(ids)):
        if s.identity[ids[i]].login:
            return True
    return False


@inlined
def _log_out(s, scratch, ids, row, creates, switches):  # type: ignore[no-untyped-def]
    """A new profile or an anonymous one, without the login values."""
    count = 0
    for i in range(len(ids)):
        if s.identity[ids[i]].login:
            drop_identity(s.drops, row, ids[i], _LOGIN_ON_LOGOUT)
        else:
            scratch.kept[count] = ids[i]
            count += 1
    if count == 0:
        _say(s, row, NOBODY, _UNASSIGNED, _NO_IDENTITY)
        return
    kept = scratch.kept[:count]
    profile = NOBODY
    if switches.returns_anonymous:
        profile, _ = find_profile(s, scratch, kept, row, True)
    _hold(s, kept, row, creates, profile, NOBODY)


@inlined
def _search(s, scratch, ids, row, switches):  # type: ignore[no-untyped-def]
    """The profile, as it is."""
    profile, _ = find_profile(s, scratch, ids, row, False)
    if profile != NOBODY and switches.search_needs_immutable:
        if not holds_immutable_of(s, profile, ids):
            profile = NOBODY
    if profile == NOBODY:
        _say(s, row, NOBODY, _UNASSIGNED, _NOT_FOUND)
    else:
        _say(s, row, profile, _ASSIGNED, _FINE)


@inlined
def _modify(s, scratch, tried, o, ids, row):  # type: ignore[no-untyped-def]
    """The profile, changed, unless a change can't be made."""
    profile, _ = find_profile(s, scratch, ids, row, False)
    if profile == NOBODY:
        _say(s, row, NOBODY, _UNASSIGNED, _NOT_FOUND)
        return
    fault = modify(s, tried, o, row, profile)
    if fault != _FINE:
        _say(s, row, NOBODY, _REFUSED, fault)
        return
    use(s, profile, row)
    _say(s, row, profile, _ASSIGNED, _FINE)


@inlined
def _identify(s, scratch, ids, row, creates, switches):  # type: ignore[no-untyped-def]
    """The profile that is found, or a new one: also where a login value is new (steps 1 and 2)."""
    profile, direct = find_profile(s, scratch, ids, row, False)
    linked_from = NOBODY
    if switches.new_login_creates and not direct and _is_new_login(s, ids):
        if profile == NOBODY or not holds_login_of(s, profile, ids):
            if switches.says_linked:
                linked_from = profile
            profile = NOBODY
    _hold(s, ids, row, creates, profile, linked_from)


@inlined
def _is_new_login(s, ids):  # type: ignore[no-untyped-def]
    for i in range(len(ids)):
        if s.identity[ids[i]].login and s.identity[ids[i]].holders == 0:
            return True
    return False


@inner
def _hold(s, ids, row, creates, profile, linked_from):  # type: ignore[no-untyped-def]
    """Give the observation a profile, a new one if there is none, and its identities to it."""
    created = profile == NOBODY
    if created and not creates:
        _say(s, row, NOBODY, _UNASSIGNED, _UPDATE_ONLY)
        return
    if created:
        profile = new_profile(s, row)
        s.profile[profile].linked_from = linked_from
    else:
        use(s, profile, row)
    _add_all(s, ids, row, profile)
    if created and s.profile[profile].degree == 0:
        drop_newest_profile(s)
        _say(s, row, NOBODY, _UNASSIGNED, _ALL_TAKEN)
    else:
        _say(s, row, profile, _ASSIGNED, _FINE)


@inner
def _add_all(s, ids, row, profile):  # type: ignore[no-untyped-def]
    """Add what the profile lacks, unless something stands against it (step 4)."""
    for i in range(len(ids)):
        identity = ids[i]
        if holds(s, profile, identity):
            continue
        u = s.identity[identity].unique
        if u != NOT_UNIQUE and s.identity[identity].owner != NOBODY:
            drop_identity(s.drops, row, identity, _TAKEN)
        elif u != NOT_UNIQUE and s.value[profile, u] != NO_IDENTITY:
            drop_identity(s.drops, row, identity, _FILLED)
        elif len(s.apart) > 0 and holds_counterpart(s, profile, ids[i : i + 1]):
            drop_identity(s.drops, row, identity, _APART)
        else:
            add(s, profile, identity)
