"""Policy `idsync`: every request resolves to one profile, and nothing ever merges.

SEMANTICS 3.3, like mParticle IDSync. An ordered replay: one pass over the observations on flat
arrays, `idsync_state.py` holding who holds what, `idsync_resolve.py` finding the profile.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel, lean
from idweave.transforms.columnar.policies.idsync.candidates import (
    Types,
    holds_immutable_of,
    holds_login_of,
    new_scratch,
)
from idweave.transforms.columnar.policies.idsync.candidates import (
    resolve as resolve_profile,
)
from idweave.transforms.columnar.policies.idsync.modify import modify
from idweave.transforms.columnar.policies.idsync.rules import IdSync
from idweave.transforms.columnar.policies.idsync.state import (
    State,
    add,
    drop_newest_profile,
    holds,
    new_profile,
    new_state,
    use,
)
from idweave.transforms.columnar.policies.seam import (
    ASSIGNED,
    LOGIN,
    LOGOUT,
    MODIFY,
    REASON,
    REFUSED,
    RULE,
    SEARCH,
    UNASSIGNED,
    Decisions,
    Drops,
    Identities,
    Observations,
    Resolution,
    no_links,
)

_ADD, _CREATE, _CREATE_LINKED = 0, 1, 2
_NEW_LOGIN = {"add": _ADD, "create": _CREATE, "create_linked": _CREATE_LINKED}
_TAKEN, _FILLED = RULE["unique_value_taken"], RULE["unique_type_filled"]
_LOGIN_ON_LOGOUT = RULE["login_id_on_logout"]
_NO_LOGIN_ID = REASON["login_without_login_id"]
_NO_IDENTITY, _NOT_FOUND = REASON["no_identity"], REASON["not_found"]
_UPDATE_ONLY, _ALL_TAKEN = REASON["update_only"], REASON["all_identities_taken"]


def resolve(
    observations: Observations,
    identities: Identities,
    rules: IdSync,
    decisions: Decisions | None = None,
) -> Resolution:
    """Replay the observations in order."""
    kind = identities.type
    login, direct = np.isin(kind, rules.login), np.isin(kind, rules.direct)
    number = np.full(int(kind.max(initial=0)) + 1, -1, np.int16)
    uniques = [place for place in rules.unique if place < len(number)]
    number[uniques] = np.arange(len(uniques))
    immutable = np.array([place in rules.immutable for place in uniques] or [False], bool)
    n, entries = len(observations.component), len(observations.identity)
    nodes = entries + len(observations.change_new) + 1
    state = new_state(n + 1, nodes, login, number[kind], len(uniques))
    widest = int(np.diff(observations.start).max(initial=1))
    most = entries + len(observations.change_new) + 1
    out = _Out(n, most)
    dropped = _replay(
        state,
        Types(kind, direct, immutable),
        new_scratch(widest, int(np.diff(observations.change_start).max(initial=0)), len(uniques)),
        observations,
        (
            len(rules.login) > 0,
            _NEW_LOGIN[rules.on_new_login],
            rules.on_logout == "return_anonymous",
            rules.search_requires_immutable,
        ),
        (out.profile, out.status, out.reason, out.birth, out.linked_from),
        (out.drop_row, out.drop_identity, out.drop_change, out.drop_rule),
    )
    return out.resolution(state, observations, int(dropped))


class _Out:
    """Arrays that the replay fills."""

    def __init__(self, observations: int, drops: int) -> None:
        self.profile = np.full(observations, -1, np.int32)
        self.status = np.full(observations, UNASSIGNED, np.int8)
        self.reason = np.zeros(observations, np.int8)
        self.birth = np.full(observations + 1, -1, np.int32)
        self.linked_from = np.full(observations + 1, -1, np.int32)
        self.drop_row = np.empty(drops, np.int32)
        self.drop_identity = np.empty(drops, np.int32)
        self.drop_change = np.empty(drops, np.int32)
        self.drop_rule = np.empty(drops, np.int8)

    def resolution(self, state: State, observations: Observations, dropped: int) -> Resolution:
        """The answer, once the replay is over."""
        profiles, nodes = state.counter.tolist()
        there = np.flatnonzero(_alive(state, nodes))
        birth = self.birth[:profiles]
        return Resolution(
            self.profile,
            self.status,
            self.reason,
            observations.component[birth],
            birth,
            np.full(profiles, -1, np.int32),
            state.logins[:profiles] > 0,
            self.linked_from[:profiles],
            state.node_profile[there],
            state.node_identity[there],
            Drops(
                self.drop_row[:dropped],
                self.drop_identity[:dropped],
                self.drop_change[:dropped],
                self.drop_rule[:dropped],
            ),
            no_links(),
        )


@kernel
def _alive(s, nodes):  # type: ignore[no-untyped-def]
    """[nodes] whether the profile still holds the identity: what the hash table still has."""
    out = np.zeros(nodes, np.bool_)
    for slot in range(len(s.table)):
        if s.table[slot] >= 0:
            out[s.table[slot]] = True
    return out


@lean
def _drop(drops, count, row, identity, rule):  # type: ignore[no-untyped-def]
    drops[0][count] = row
    drops[1][count] = identity
    drops[2][count] = -1
    drops[3][count] = rule
    return count + 1


@lean
def _add_all(s, ids, row, profile, drops, dropped):  # type: ignore[no-untyped-def]
    """Step 4: add what the profile lacks, unless a unique value or type stands against it."""
    for i in range(len(ids)):
        identity = ids[i]
        if holds(s, profile, identity):
            continue
        u = s.unique[identity]
        if u >= 0 and s.owner[identity] >= 0:
            dropped = _drop(drops, dropped, row, identity, _TAKEN)
        elif u >= 0 and s.value[profile, u] >= 0:
            dropped = _drop(drops, dropped, row, identity, _FILLED)
        else:
            add(s, profile, identity)
    return dropped


@lean
def _is_new_login(s, ids):  # type: ignore[no-untyped-def]
    for i in range(len(ids)):
        if s.login[ids[i]] and s.holders[ids[i]] == 0:
            return True
    return False


@lean
def _without_logins(s, ids, row, kept, drops, dropped):  # type: ignore[no-untyped-def]
    """The identities that a log-out uses, into `kept`."""
    count = 0
    for i in range(len(ids)):
        if s.login[ids[i]]:
            dropped = _drop(drops, dropped, row, ids[i], _LOGIN_ON_LOGOUT)
        else:
            kept[count] = ids[i]
            count += 1
    return count, dropped


@lean
def _replay(s, types, scratch, o, switches, out, drops):  # type: ignore[no-untyped-def]
    has_logins, on_new_login, returns_anonymous, search_needs_immutable = switches
    profile_of, status, reason, birth, linked_from = out
    kept = scratch.kept
    dropped = 0
    for row in range(len(o.request)):
        ids = o.identity[o.start[row] : o.start[row + 1]]
        request = o.request[row]
        linked = -1
        if request == LOGOUT:
            count, dropped = _without_logins(s, ids, row, kept, drops, dropped)
            ids = kept[:count]
            if count == 0:
                reason[row] = _NO_IDENTITY
                continue
            profile = -1
            if returns_anonymous:
                profile, _ = resolve_profile(s, types, scratch, ids, row, True)
        else:
            if request == LOGIN and has_logins and not _any_login(s, ids):
                status[row] = REFUSED
                reason[row] = _NO_LOGIN_ID
                continue
            profile, direct = resolve_profile(s, types, scratch, ids, row, False)
            if request == SEARCH:
                if profile >= 0 and search_needs_immutable:
                    if not holds_immutable_of(s, types, ids, profile):
                        profile = -1
                if profile < 0:
                    reason[row] = _NOT_FOUND
                else:
                    profile_of[row] = profile
                    status[row] = ASSIGNED
                continue
            if request == MODIFY:
                if profile < 0:
                    reason[row] = _NOT_FOUND
                    continue
                fault, dropped = modify(s, types, scratch, o, row, profile, drops, dropped)
                reason[row] = fault
                if fault != 0:
                    status[row] = REFUSED
                    continue
                use(s, profile, row)
                profile_of[row] = profile
                status[row] = ASSIGNED
                continue
            new = on_new_login != _ADD and not direct and _is_new_login(s, ids)
            if new and (profile < 0 or not holds_login_of(s, ids, profile)):
                if on_new_login == _CREATE_LINKED:
                    linked = profile
                profile = -1
        created = profile < 0
        if created:
            if not o.creates[row]:
                reason[row] = _UPDATE_ONLY
                continue
            profile = new_profile(s, row)
        else:
            use(s, profile, row)
        dropped = _add_all(s, ids, row, profile, drops, dropped)
        if created:
            if s.degree[profile] == 0:
                drop_newest_profile(s)
                reason[row] = _ALL_TAKEN
                continue
            birth[profile] = row
            linked_from[profile] = linked
        profile_of[row] = profile
        status[row] = ASSIGNED
    return dropped


@lean
def _any_login(s, ids):  # type: ignore[no-untyped-def]
    for i in range(len(ids)):
        if s.login[ids[i]]:
            return True
    return False
