"""SEMANTICS 6: which base profile each profile of a run is, or follows."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from tests.oracle.world import Identity

MOST_HOLDERS = 100  # an identity that more profiles of a scope hold counts nowhere
Overlap = tuple[int, int, int]  # strength of the strongest type in common, of that type, in all
NO_OVERLAP: Overlap = (0, 0, 0)
Overlaps = dict[tuple[str, str], Overlap]  # of (birth id of n, id of b) that are related
Listed = set[tuple[str, str, Identity]]  # what the base lists as linked: (profile id, scope, …)


class Profile(NamedTuple):
    """A profile of this run, before it has its lasting id."""

    birth_id: str
    scope: str
    identities: frozenset[Identity]  # those that `identities` lists as linked


class Old(NamedTuple):
    """A profile of the base."""

    birth_id: str | None
    scope: str
    identities: frozenset[Identity]


def _too_many(holding: Iterable[tuple[str, Identity]]) -> set[tuple[str, Identity]]:
    return {held for held, profiles in Counter(holding).items() if profiles > MOST_HOLDERS}


def find_overlaps(
    new: dict[str, Profile], old: dict[str, Old], base_listed: Listed, link_on: Sequence[str]
) -> Overlaps:
    """Of each (birth id of n, id of b) that are related."""
    cut = _too_many((p.scope, i) for p in new.values() for i in p.identities)
    cut |= _too_many((scope, identity) for _, scope, identity in base_listed)
    out = {}
    for n, profile in new.items():
        for b, other in old.items():
            if profile.scope != other.scope:
                continue
            both = profile.identities & other.identities
            common = {i for i in both if (profile.scope, i) not in cut}
            if common or n == other.birth_id:
                out[n, b] = _overlap(common, link_on)
    return out


def _overlap(common: Collection[Identity], link_on: Sequence[str]) -> Overlap:
    if not common:
        return NO_OVERLAP
    strongest = min(link_on.index(kind) for kind, _ in common)
    of_it = sum(kind == link_on[strongest] for kind, _ in common)
    return len(link_on) - strongest, of_it, len(common)


def claim(
    new: dict[str, Profile], old: dict[str, Old], overlaps: Overlaps
) -> tuple[dict[str, str], dict[str, str]]:
    """Rules 1 to 3: what each n claims first, and what is granted in two rounds."""
    first: dict[str, str] = {}
    granted: dict[str, str] = {}
    for _ in range(2):
        given = set(granted.values())
        claimed: dict[str, str] = {}
        for n in new.keys() - granted.keys():
            related = [b for b in old if (n, b) in overlaps and b not in given]
            ranks = [(*_most(overlaps[n, b]), old[b].birth_id != n, b) for b in related]
            if ranks:
                claimed[n] = min(ranks)[-1]
        for n, b in claimed.items():
            first.setdefault(n, b)
        for b in set(claimed.values()):
            claiming = [n for n in claimed if claimed[n] == b]
            best = min((*_most(overlaps[n, b]), old[b].birth_id != n, n) for n in claiming)
            granted[best[-1]] = b
    return first, granted


def _most(overlap: Overlap) -> Overlap:
    """Sorts the largest overlap first."""
    return -overlap[0], -overlap[1], -overlap[2]


def find_followers(
    new: dict[str, Profile],
    old: dict[str, Old],
    overlaps: Overlaps,
    of_birth: dict[str, str],
) -> dict[str, str]:
    """The live id that follows each base profile that has an identity in common with any."""
    out = {}
    for b in old:
        related = [n for n in new if overlaps.get((n, b), NO_OVERLAP) > NO_OVERLAP]
        if related:
            best = min((*_most(overlaps[n, b]), old[b].birth_id != n, of_birth[n]) for n in related)
            out[b] = best[-1]
    return out
