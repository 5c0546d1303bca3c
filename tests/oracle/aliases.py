"""SEMANTICS 10, read slowly: which anonymous profile is the past of which known one, and when."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.oracle.world import Identity, Record, RecordKey, linked, place_in_order
from tests.oracle.world import Strategy as Linking

_AGES = {"d": 86_400_000_000, "h": 3_600_000_000}


class Alias(NamedTuple):
    """One alias."""

    alias: str  # the anonymous profile
    profile: str
    begin: int
    end: int
    identity: Identity
    teller: RecordKey
    records: int


def aliases_of(
    records: Sequence[Record],
    strategy: Linking,
    profiles: Mapping[RecordKey, str],
    known: Mapping[str, bool],
) -> tuple[list[Alias], dict[RecordKey, str]]:
    """The aliases of one scope, and the known profile of each record that is in one.

    Args:
        profiles: of the records that are assigned.
    """
    alias = strategy.params["alias"]
    length = alias.get("within") and int(alias["within"][:-1]) * _AGES[alias["within"][-1]]
    ordered = [r for r in sorted(records, key=place_in_order) if r.key in profiles]
    found: list[Alias] = []
    of_record: dict[RecordKey, str] = {}
    for place, o in enumerate(ordered):
        k = profiles[o.key]
        if o.request == "search" or not known[k] or o.event_time is None:
            continue
        seen: set[str] = set()
        for identity in linked(strategy, o):
            if identity[0] not in alias["by"]:
                continue
            earlier = [r for r in ordered[:place] if r.request != "search"]
            before = [r for r in earlier if identity in r.identities]
            a = profiles[before[-1].key] if before else None
            if a is None or known[a] or a in seen:
                continue
            seen.add(a)
            own = [r for r in ordered if profiles[r.key] == a and r.event_time is not None]
            starts = [min((r.event_time or 0 for r in own), default=None)]
            starts.append(length and o.event_time - length)
            starts += [of.end + 1 for of in found if of.alias == a]
            if starts[0] is None:
                continue
            begin = max(start for start in starts if start is not None)
            inside = [r for r in own if begin <= (r.event_time or 0) <= o.event_time]
            if inside:
                found.append(Alias(a, k, begin, o.event_time, identity, o.key, len(inside)))
                of_record |= {r.key: k for r in inside}
    return found, of_record
