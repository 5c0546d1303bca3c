"""Which profiles a reader should look at, and why: what wrong merges look like."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Bytes, Ints, Longs
from idweave.transforms.columnar.components.bridges import smaller_parts
from idweave.transforms.columnar.components.linkages import Linkages
from idweave.transforms.columnar.vocabulary import Risk, Rule


class RiskLimits(NamedTuple):
    """Where a risk begins."""

    many_identities: int  # more linked ones than this
    many_values: int  # more of one type than this
    weak_bridge: int  # parts of at least so many identities
    busy_identity: int  # more linkages than this, and ...
    busy_share: float  # ... than this share of the profile's
    dropped_linkages: int  # more than this


class Evidence(NamedTuple):
    """``p`` profiles: which identities they list and hold, and the linkages of their components."""

    profiles: int
    listed_profile: Ints  # which profile lists ...
    listed_identity: Ints  # ... which identity; those from `linked` on link nothing
    linked: int
    type_of: Ints  # [identities] the type of each
    held_profile: Ints  # which profile holds ...
    held_identity: Ints  # ... which linked identity
    linkages: Linkages
    rule: Bytes  # [linkages] what dropped it, or NONE


class Risks(NamedTuple):
    """Risks of profiles, the profile to look at first first."""

    profile: Ints
    risk: Bytes  # Risk
    measure: Longs
    left_type: Ints  # that the risk is about, or -1
    right_type: Ints  # of a linkage, the weaker one's; or -1


def find_risks(of: Evidence, limits: RiskLimits) -> Risks:
    """Find all risks; a profile has a row for each.

    First is the profile with the most kinds of risk, then the one that is farthest beyond the
    limits (measure by limit, added up over its rows); ties: by its number.
    """
    found = [
        _many_identities(of, limits.many_identities),
        _many_values(of, limits.many_values),
        *_of_linkages(of, limits),
        _dropped(of, limits.dropped_linkages),
    ]
    risks = Risks._make(np.concatenate(column) for column in zip(*found, strict=True))
    order = _looked_at_first(risks, of.profiles, limits)
    return Risks._make(column[order] for column in risks)


def _risks(
    profile: Ints | Longs, risk: Risk, measure: Longs, left: Ints | Longs, right: Ints | Longs
) -> Risks:
    return Risks(
        profile.astype(np.int32),
        np.full(len(profile), risk, np.int8),
        measure.astype(np.int64),
        left.astype(np.int32),
        right.astype(np.int32),
    )


def _untyped(profile: Ints | Longs, risk: Risk, measure: Longs) -> Risks:
    nothing = np.full(len(profile), -1, np.int32)
    return _risks(profile, risk, measure, nothing, nothing)


def _many_identities(of: Evidence, limit: int) -> Risks:
    linked = of.listed_profile[of.listed_identity < of.linked]
    count = np.bincount(linked, minlength=of.profiles)
    profile = np.flatnonzero(count > limit)
    return _untyped(profile, Risk.MANY_IDENTITIES, count[profile])


def _many_values(of: Evidence, limit: int) -> Risks:
    types = int(of.type_of.max(initial=0)) + 1
    pair = of.listed_profile.astype(np.int64) * types + of.type_of[of.listed_identity]
    if len(of.listed_profile) and np.bincount(of.listed_profile).max() <= limit:
        pair = pair[:0]  # no profile has so many values at all
    pairs, count = np.unique(pair, return_counts=True)
    pairs, count = pairs[count > limit], count[count > limit]
    kind = pairs % types
    return _risks(pairs // types, Risk.MANY_VALUES, count, kind, np.full(len(kind), -1))


def _of_linkages(of: Evidence, limits: RiskLimits) -> tuple[Risks, Risks]:
    """Weak bridges and busy identities: of the kept linkages between what one profile holds."""
    order = np.lexsort((of.held_profile, of.held_identity))
    profile, identity = of.held_profile[order], of.held_identity[order]
    start = np.searchsorted(identity, np.arange(of.linked + 1))
    size = np.bincount(profile, minlength=of.profiles)
    # a profile with fewer identities has neither: linkages of an identity lead to others
    least = min(2 * limits.weak_bridge, limits.busy_identity + 2)
    kept = np.flatnonzero(of.rule == Rule.NONE)
    linkage, left, right = _in_profiles(
        start, profile, size >= least, of.linkages.left[kept], of.linkages.right[kept]
    )
    linkage = kept[linkage]
    part = smaller_parts(len(profile), left, right)
    weak = (part >= max(1, limits.weak_bridge)) & (of.linkages.records[linkage] == 1)
    types = (
        of.type_of[of.linkages.left[linkage[weak]]],
        of.type_of[of.linkages.right[linkage[weak]]],
    )
    bridges = _risks(profile[left[weak]], Risk.WEAK_BRIDGE, part[weak], *types)
    nodes = len(profile)
    carries = np.bincount(left, minlength=nodes) + np.bincount(right, minlength=nodes)
    of_profile = np.bincount(profile[left], minlength=of.profiles)
    share = carries > limits.busy_share * of_profile[profile]
    busy = np.flatnonzero((carries > limits.busy_identity) & share)
    kind = of.type_of[identity[busy]]
    none = np.full(len(kind), -1)
    return bridges, _risks(profile[busy], Risk.BUSY_IDENTITY, carries[busy], kind, none)


@kernel
def _in_profiles(start, profile, wanted, left, right):  # type: ignore[no-untyped-def]
    """Linkages inside each profile: [edges] linkage, and the two holdings that it ties.

    Of the profiles of both identities the fewer are looked up among the more, which are sorted: an
    identity that many profiles hold costs little for each of its linkages.
    """
    count = 0
    for fill in range(2):
        if fill:
            linkage = np.empty(count, np.int32)
            a, b = np.empty(count, np.int32), np.empty(count, np.int32)
        count = 0
        for i in range(len(left)):
            few, many = left[i], right[i]
            if start[few + 1] - start[few] > start[many + 1] - start[many]:
                few, many = many, few
            low, high = start[many], start[many + 1]
            for h in range(start[few], start[few + 1]):
                if not wanted[profile[h]]:
                    continue
                at = low + np.searchsorted(profile[low:high], profile[h])
                if at < high and profile[at] == profile[h]:
                    if fill:
                        linkage[count] = i
                        a[count], b[count] = (h, at) if few == left[i] else (at, h)
                    count += 1
    return linkage, a, b


def _dropped(of: Evidence, limit: int) -> Risks:
    """Dropped linkages of what a profile holds, at either end."""
    dropped = np.flatnonzero(of.rule != Rule.NONE)
    ends = np.stack([of.linkages.left[dropped], of.linkages.right[dropped]], axis=1).ravel()
    touched = np.isin(of.held_identity, ends)
    identity, profile = of.held_identity[touched], of.held_profile[touched]
    order = np.argsort(identity, kind="stable")
    identity, profile = identity[order], profile[order]
    first, last = np.searchsorted(identity, ends), np.searchsorted(identity, ends, "right")
    linkage = np.repeat(np.arange(len(ends)) // 2, last - first)
    within = np.arange(len(linkage)) - np.repeat(
        np.cumsum(last - first) - (last - first), last - first
    )
    holder = profile[np.repeat(first, last - first) + within]
    pairs = np.unique(linkage.astype(np.int64) * max(1, of.profiles) + holder)
    count = np.bincount(pairs % max(1, of.profiles), minlength=of.profiles)
    risky = np.flatnonzero(count > limit)
    return _untyped(risky, Risk.DROPPED_LINKAGES, count[risky])


def _looked_at_first(of: Risks, profiles: int, limits: RiskLimits) -> Longs:
    by_risk = np.ones(len(Risk))
    by_risk[Risk.MANY_IDENTITIES] = limits.many_identities
    by_risk[Risk.MANY_VALUES] = limits.many_values
    by_risk[Risk.WEAK_BRIDGE] = limits.weak_bridge
    by_risk[Risk.BUSY_IDENTITY] = limits.busy_identity
    by_risk[Risk.DROPPED_LINKAGES] = limits.dropped_linkages
    beyond = np.bincount(of.profile, of.measure / np.maximum(by_risk, 1)[of.risk], profiles)
    kinds = np.zeros(profiles, np.int64)
    for risk in Risk:
        kinds[np.unique(of.profile[of.risk == risk])] += 1
    return np.lexsort(
        (of.right_type, of.left_type, -of.measure, of.risk, of.profile, -beyond[of.profile],
         -kinds[of.profile])
    )  # fmt: skip


def risky_profiles(of: Risks) -> int:
    """How many profiles have a risk."""
    return len(np.unique(of.profile))


def profiles_by_risk(of: Risks) -> list[tuple[str, int]]:
    """How many profiles have each risk."""
    return [(risk.text, len(np.unique(of.profile[of.risk == risk]))) for risk in Risk]
