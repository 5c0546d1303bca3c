"""Policy `demote_weakest`: a record loses its weakest identities until its profiles fit.

SEMANTICS 3.4, like Segment Unify. An ordered replay; profiles are disjoint sets of identities, so a
union-find with counts by type holds the whole state: O(entries) but for records that demote.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.policies.demote_weakest.rules import DemoteWeakest
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

_DEMOTED, _FULL = RULE["demoted"], RULE["profile_full"]
_UPDATE_ONLY = REASON["update_only"]


def resolve(observations: Observations, identities: Identities, rules: DemoteWeakest) -> Resolution:
    """Replay the observations in order."""
    limit = np.array(rules.max_values, np.int32)
    parent, birth, profile, holder, *drops = _replay(
        observations.start,
        observations.identity,
        observations.creates,
        identities.type,
        limit,
        np.int64(rules.max_profile_values or np.iinfo(np.int32).max),
    )
    has = profile >= 0
    held = np.flatnonzero(holder >= 0).astype(np.int32)
    replayed = Replayed(
        parent,
        birth,
        profile,
        np.where(has, ASSIGNED, UNASSIGNED).astype(np.int8),
        np.where(has, 0, _UPDATE_ONLY).astype(np.int8),
        holder[held],
        held,
        *drops,
    )
    return resolution_of(observations, identities, replayed)


@kernel
def _gather(ids, size, holder, parent, found):  # type: ignore[no-untyped-def]
    """The distinct profiles that hold some identities, into `found`: how many."""
    count = 0
    for i in range(size):
        if holder[ids[i]] < 0:
            continue
        p = root_of(parent, holder[ids[i]])
        seen = False
        for j in range(count):
            seen |= found[j] == p
        if not seen:
            found[count] = p
            count += 1
    return count


@kernel
def _sum(values, found, count, ids, size, holder, kind, total):  # type: ignore[no-untyped-def]
    """Values by type of some profiles and of the identities that nobody holds; their number."""
    total[:] = 0
    for j in range(count):
        for t in range(len(total)):
            total[t] += values[found[j], t]
    for i in range(size):
        if holder[ids[i]] < 0:
            total[kind[ids[i]]] += 1
    return total.sum()


@kernel
def _replay(start, entry, creates, kind, limit, most):  # type: ignore[no-untyped-def]
    n = len(start) - 1
    types = len(limit)
    parent = np.empty(16, np.int32)
    birth = np.empty(16, np.int32)
    values = np.zeros((16, types), np.int32)
    created = 0
    holder = np.full(len(kind), -1, np.int32)
    profile = np.full(n, -1, np.int32)
    total = np.zeros(types, np.int64)
    widest = 1
    for row in range(n):
        widest = max(widest, start[row + 1] - start[row])
    found = np.empty(widest, np.int32)
    drop_row = np.empty(16, np.int32)
    drop_identity = np.empty(16, np.int32)
    drop_rule = np.empty(16, np.int8)
    drops = 0
    for row in range(n):
        ids = entry[start[row] : start[row + 1]]
        size = len(ids)
        while drops + size >= len(drop_row):
            drop_row, drop_identity, drop_rule = (
                grown(drop_row),
                grown(drop_identity),
                grown(drop_rule),
            )
        count = _gather(ids, size, holder, parent, found)
        together = _sum(values, found, count, ids, size, holder, kind, total)
        while (total > limit).any():
            size -= 1
            drop_row[drops], drop_identity[drops], drop_rule[drops] = row, ids[size], _DEMOTED
            drops += 1
            count = _gather(ids, size, holder, parent, found)
            together = _sum(values, found, count, ids, size, holder, kind, total)
        if count == 0:
            if not creates[row]:
                continue
            if created == len(parent):
                parent, birth = grown(parent), grown(birth)
                more = np.zeros((2 * created, types), np.int32)
                more[:created] = values
                values = more
            into = created
            parent[into], birth[into] = into, row
            created += 1
            for i in range(size):
                if i < most:
                    holder[ids[i]] = into
                    values[into, kind[ids[i]]] += 1
                else:
                    drop_row[drops], drop_identity[drops], drop_rule[drops] = row, ids[i], _FULL
                    drops += 1
        else:
            into = found[:count].min()
            if together > most:
                for i in range(size):
                    if holder[ids[i]] < 0 or root_of(parent, holder[ids[i]]) != into:
                        drop_row[drops], drop_identity[drops], drop_rule[drops] = row, ids[i], _FULL
                        drops += 1
            else:
                for j in range(count):
                    parent[found[j]] = into
                for i in range(size):
                    if holder[ids[i]] < 0:
                        holder[ids[i]] = into
                for t in range(types):
                    values[into, t] = total[t]
        profile[row] = into
    return (
        parent[:created], birth[:created], profile, holder,
        drop_row[:drops], drop_identity[:drops], drop_rule[:drops],
    )  # fmt: skip
