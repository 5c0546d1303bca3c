"""Policy `no_guess`: a contested identity belongs to nobody.

SEMANTICS 3.5, like Snowplow Identities. An ordered replay. Who holds an identity is a linked list
of profiles; an entry that a merger made double is taken out when it is met, so finding two
different holders costs constant time in the long run.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.policies.no_guess.rules import NoGuess
from idweave.transforms.columnar.policies.replay import Replayed, grown, resolution_of, root_of
from idweave.transforms.columnar.policies.seam import (
    ASSIGNED,
    REASON,
    RULE,
    UNASSIGNED,
    Identities,
    Observations,
    Resolution,
)

_FILLED, _CONTESTED = RULE["unique_type_filled"], RULE["contested"]
_UPDATE_ONLY = REASON["update_only"]
_NEW, _ANONYMOUS = -1, -2


def resolve(observations: Observations, identities: Identities, rules: NoGuess) -> Resolution:
    """Replay the observations in order."""
    types = int(identities.type.max(initial=0)) + 1
    unique = np.full(types, -1, np.int32)
    for number, place in enumerate(place for place in rules.unique if place < types):
        unique[place] = number
    parent, birth, profile, *rest = _replay(
        observations.start,
        observations.identity,
        observations.creates,
        identities.type,
        unique,
        max(1, len(rules.unique)),
    )
    has = profile >= 0
    status = np.where(has, ASSIGNED, UNASSIGNED).astype(np.int8)
    reason = np.where(has, 0, _UPDATE_ONLY).astype(np.int8)
    replayed = Replayed(parent, birth, profile, status, reason, *rest)
    return resolution_of(observations, identities, replayed)


@kernel
def _holders(i, head, following, holder, parent):  # type: ignore[no-untyped-def]
    """0, 1 or 2 (or more) profiles that hold an identity; and the first of them."""
    at = head[i]
    if at < 0:
        return 0, -1
    first = root_of(parent, holder[at])
    before = at
    at = following[at]
    while at >= 0:
        if root_of(parent, holder[at]) != first:
            return 2, first
        at = following[at]
        following[before] = at
    return 1, first


@kernel
def _decide(ids, kind, unique, values, found, count, union):  # type: ignore[no-untyped-def]
    """Which profile takes a record: one of `found`, _NEW or _ANONYMOUS; and whether all merge.

    `union` gets the unique values of all together.
    """
    union[:] = -1
    conflict = False
    for j in range(count):
        for u in range(len(union)):
            value = values[found[j], u]
            if value >= 0:
                conflict |= union[u] >= 0 and union[u] != value
                union[u] = value
    strongest = -1
    for i in range(len(ids)):
        u = unique[kind[ids[i]]]
        if u >= 0:
            conflict |= union[u] >= 0 and union[u] != ids[i]
            if union[u] < 0:
                union[u] = ids[i]
            if strongest < 0:
                strongest = ids[i]
    if not conflict:
        return (found[:count].min() if count else _NEW), True
    if strongest < 0:
        return _ANONYMOUS, False
    into = _NEW
    for j in range(count):
        holds = values[found[j], unique[kind[strongest]]] == strongest
        if holds and (into < 0 or found[j] < into):
            into = found[j]
    return into, False


@kernel
def _replay(start, entry, creates, kind, unique, uniques):  # type: ignore[no-untyped-def]
    n = len(start) - 1
    parent = np.empty(16, np.int32)
    birth = np.empty(16, np.int32)
    values = np.full((16, uniques), -1, np.int32)
    created = 0
    head = np.full(len(kind), -1, np.int32)
    holder = np.empty(len(entry) + 1, np.int32)  # one entry at most for each carried identity
    following = np.empty(len(entry) + 1, np.int32)
    of_entry = np.empty(len(entry) + 1, np.int32)
    held = 0
    anonymous_of = np.full(len(kind), -1, np.int32)
    in_anonymous = np.zeros(len(kind), np.bool_)
    profile = np.full(n, -1, np.int32)
    widest = 1
    for row in range(n):
        widest = max(widest, start[row + 1] - start[row])
    found = np.empty(widest, np.int32)
    shared = np.empty(widest, np.bool_)
    union = np.empty(uniques, np.int32)
    drop_row = np.empty(16, np.int32)
    drop_identity = np.empty(16, np.int32)
    drop_rule = np.empty(16, np.int8)
    drops = 0
    for row in range(n):
        ids = entry[start[row] : start[row + 1]]
        while drops + 2 * len(ids) >= len(drop_row):
            drop_row, drop_identity, drop_rule = (
                grown(drop_row),
                grown(drop_identity),
                grown(drop_rule),
            )
        count = 0
        free = 0
        for i in range(len(ids)):
            holders, first = _holders(ids[i], head, following, holder, parent)
            shared[i] = in_anonymous[ids[i]] or holders > 1
            if shared[i]:
                continue
            free += 1
            known = first < 0
            for j in range(count):
                known |= found[j] == first
            if not known:
                found[count] = first
                count += 1
        merges = False
        if free == 0:
            into = _ANONYMOUS
        else:
            into, merges = _decide(ids, kind, unique, values, found, count, union)
        anonymous = into == _ANONYMOUS
        if anonymous:
            into = anonymous_of[ids[0]]
        if into < 0:
            if not creates[row]:
                continue
            if created == len(parent):
                parent, birth = grown(parent), grown(birth)
                more = np.full((2 * created, uniques), -1, np.int32)
                more[:created] = values
                values = more
            into = created
            parent[into], birth[into] = into, row
            created += 1
            if anonymous:
                anonymous_of[ids[0]] = into
        if merges:
            for j in range(count):
                parent[found[j]] = into
            values[into] = union
        for i in range(len(ids)):
            u = unique[kind[ids[i]]]
            if u >= 0 and not anonymous:
                if values[into, u] >= 0 and values[into, u] != ids[i]:
                    drop_row[drops], drop_identity[drops], drop_rule[drops] = row, ids[i], _FILLED
                    drops += 1
                    continue
                values[into, u] = ids[i]
            in_anonymous[ids[i]] |= anonymous
            holder[held], of_entry[held], following[held] = into, ids[i], head[ids[i]]
            head[ids[i]] = held
            held += 1
            holders, first = _holders(ids[i], head, following, holder, parent)
            if not shared[i] and (in_anonymous[ids[i]] or holders > 1):
                drop_row[drops], drop_identity[drops], drop_rule[drops] = row, ids[i], _CONTESTED
                drops += 1
        profile[row] = into
    return (
        parent[:created], birth[:created], profile, holder[:held], of_entry[:held],
        drop_row[:drops], drop_identity[:drops], drop_rule[:drops],
    )  # fmt: skip
