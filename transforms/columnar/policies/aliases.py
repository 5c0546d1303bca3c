"""Aliases: which anonymous profile a known one was before, and when (SEMANTICS 10)."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.codes import ASSIGNED, SEARCH
from idweave.transforms.columnar.policies.seam import Identities, Observations, Resolution
from idweave.transforms.columnar.reading.records import NO_TIME


class AliasRules(NamedTuple):
    """What ties the anonymous past to a known profile."""

    by: tuple[int, ...]  # places in `link_on`
    within: int | None  # microseconds before the record that tells; None: any time


class Aliases(NamedTuple):
    """``a`` aliases in the order of observations, and what they say of ``n`` observations."""

    alias: Ints  # [a] the anonymous profile
    profile: Ints  # [a] the known one
    begin: Longs  # [a] microseconds, included
    end: Longs  # [a] included
    identity: Ints  # [a] code of the identity that both carry
    observation: Ints  # [a] the one that tells
    records: Longs  # [a] of the anonymous profile in that time
    of_row: Ints  # [n] the known profile of an observation in an alias, or -1


def find_aliases(
    observations: Observations,
    identities: Identities,
    time: Longs,
    skipped: Flags,
    found: Resolution,
    rules: AliasRules,
) -> Aliases:
    """Find the aliases of a piece.

    Args:
        time: [n] of the observations, or NO_TIME.
        skipped: [n] observations that are no records.
    """
    counts = (found.status == ASSIGNED) & (found.profile >= 0) & ~skipped
    profiles = len(found.known)
    profile = np.where(counts, found.profile, profiles).astype(np.int64)
    rows = np.argsort(profile, kind="stable").astype(np.int64)
    start = np.searchsorted(profile[rows], np.arange(profiles + 1)).astype(np.int64)
    ties = np.isin(identities.type, np.array(rules.by, identities.type.dtype))
    within = np.int64(-1 if rules.within is None else rules.within)
    told = counts & (observations.request != SEARCH)
    of_row, made = _find(
        observations.start, observations.identity, time, told, found.profile, found.known,
        ties, start, rows, within,
    )  # fmt: skip
    alias, known, begin, end, identity, observation, records = made.T
    return Aliases(
        alias=alias.astype(np.int32),
        profile=known.astype(np.int32),
        begin=begin,
        end=end,
        identity=identity.astype(np.int32),
        observation=observation.astype(np.int32),
        records=records,
        of_row=of_row,
    )


@kernel
def _find(start, identity, time, told, profile, known, ties, by, rows, within):  # type: ignore
    """Of each observation the profile whose past it is; aliases, as `Aliases` has them."""
    made = np.empty((_most(start, identity, told, ties), 7), np.int64)
    of_row = np.full(len(told), -1, np.int32)
    last = np.full(len(ties), -1, np.int32)  # profile of the latest observation with an identity
    at = by[:-1].copy()  # of each profile: its first record after the alias before
    ended = np.full(len(known), NO_TIME, np.int64)  # of each profile: end of the alias before
    n = 0
    for i in range(len(told)):
        if not told[i]:
            continue
        first = n
        if known[profile[i]] and time[i] != NO_TIME:
            for e in range(start[i], start[i + 1]):
                a = last[identity[e]] if ties[identity[e]] else np.int32(-1)
                if a < 0 or known[a] or (made[first:n, 0] == a).any():
                    continue
                begin = _begin(time, by, rows, a, time[i], within, ended[a])
                if begin == NO_TIME:
                    continue
                count = 0
                while at[a] < by[a + 1] and time[rows[at[a]]] <= time[i]:
                    if time[rows[at[a]]] >= begin:
                        of_row[rows[at[a]]] = profile[i]
                        count += 1
                    at[a] += 1
                if count > 0:
                    ended[a] = time[i]
                    row = made[n]
                    row[0], row[1], row[2], row[3] = a, profile[i], begin, time[i]
                    row[4], row[5], row[6] = identity[e], i, count
                    n += 1
        for e in range(start[i], start[i + 1]):
            last[identity[e]] = profile[i]
    return of_row, made[:n]


@kernel
def _most(start, identity, told, ties):  # type: ignore[no-untyped-def]
    """How many aliases there can be."""
    most = 0
    for i in range(len(told)):
        if told[i]:
            for e in range(start[i], start[i + 1]):
                most += ties[identity[e]]
    return most


@kernel
def _begin(time, start, rows, profile, until, within, ended):  # type: ignore[no-untyped-def]
    """When an alias of a profile would begin, whose records are in order; NO_TIME: none has one."""
    for r in range(start[profile], start[profile + 1]):
        begin = time[rows[r]]
        if begin != NO_TIME:
            if within >= 0:
                begin = max(begin, until - within)
            return begin if ended == NO_TIME else max(begin, ended + 1)
    return np.int64(NO_TIME)
