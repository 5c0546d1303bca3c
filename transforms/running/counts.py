"""What the stages count, and how counts are added up: of a unit, a shard, a whole run."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np

from idweave.transforms.columnar.arrays.types import Bytes
from idweave.transforms.columnar.reading.other_case import OtherCase, add_other_case
from idweave.transforms.columnar.vocabulary import Word, texts

Tally = tuple[tuple[str, int], ...]  # how many, by name; sorted, without zeros
_Name = TypeVar("_Name", str, tuple[str, str, str])
NO_REASON = "no_reason"  # of records whose status needs none


class SourceCounts(NamedTuple):
    """What was read of a source, or of one unit of it."""

    read: int = 0  # readable records, those outside the time bounds included
    outside: int = 0
    filtered: int = 0  # by the source's `where`; not among `read`
    quarantined: int = 0
    quarantine: Tally = ()  # by reason
    refused_values: Tally = ()  # by rule
    column_values: Tally = ()  # by column, unreadable records too; zeros stay
    other_case: OtherCase = ()  # keys of JSON that differ from wanted columns by case
    unfit_attribute_values: Tally = ()  # by attribute: times that its column can't hold


class PlatformCounts(NamedTuple):
    """What became of the profiles of a platform's strategy."""

    written: int = 0
    left_out: int = 0
    not_normalisable: int = 0  # values
    where: int = 0  # of those left out, by the first rule that does it
    audiences: int = 0
    sample: int = 0
    require: int = 0  # nothing accepted, or not all that is required


class GroupCounts(NamedTuple):
    """What became of the profiles of a strategy under one kind of group."""

    groups: int = 0
    profiles: int = 0  # that are in one
    too_large: int = 0  # groups that would have more profiles than they may, and are none
    profiles_in_too_large: int = 0
    values_not_castable: int = 0  # attributes of profiles
    sums_too_large: int = 0  # of groups: 64 bits can't hold them, so they are null


class StrategyCounts(NamedTuple):
    """What became of records and identities under a strategy."""

    components: int = 0
    profiles: int = 0
    largest_component: int = 0  # in linked identities
    largest_profile: int = 0  # in identities that are listed, linked or not
    records: tuple[tuple[str, str, str, int], ...] = ()  # source, status, reason, how many
    drops: Tally = ()  # by rule
    platforms: tuple[tuple[str, PlatformCounts], ...] = ()  # by name
    churn: Tally = ()  # what became of the base's ids and records; zeros stay
    sums_too_large: Tally = ()  # by attribute: sums that 64 bits can't hold, which are null
    types: tuple[tuple[str, int, int], ...] = ()  # appearances of its values, of the commonest
    two_largest: tuple[int, ...] = ()  # identities that the two largest profiles list
    risks: Tally = ()  # profiles with a risk, and with each kind; zeros stay, none: nobody asked
    decisions: Tally = ()  # by outcome, each once for each scope
    groups: tuple[tuple[str, GroupCounts], ...] = ()  # by name


def by_word(codes: Bytes, words: type[Word]) -> Tally:
    """How often each word stands in an array of codes, by its text."""
    names = texts(words)
    return tally((names[code], n) for code, n in enumerate(np.bincount(codes).tolist()))


def tally(counts: Iterable[tuple[str, int]]) -> Tally:
    """Counts added up by name, zeros left out."""
    return tuple((name, n) for name, n in _added(counts) if n)


def add_sources(counts: Iterable[SourceCounts]) -> SourceCounts:
    """The counts of several units of one source together."""
    of = list(counts)
    return SourceCounts(
        read=sum(one.read for one in of),
        outside=sum(one.outside for one in of),
        filtered=sum(one.filtered for one in of),
        quarantined=sum(one.quarantined for one in of),
        quarantine=tally(pair for one in of for pair in one.quarantine),
        refused_values=tally(pair for one in of for pair in one.refused_values),
        column_values=_added(pair for one in of for pair in one.column_values),
        other_case=add_other_case([one.other_case for one in of]),
        unfit_attribute_values=tally(pair for one in of for pair in one.unfit_attribute_values),
    )


def add_strategies(counts: Iterable[StrategyCounts]) -> StrategyCounts:
    """The counts of several parts of one strategy together; the largest of all is the largest."""
    of = list(counts)
    records = _added((counted[:3], counted[3]) for one in of for counted in one.records)
    platforms: dict[str, PlatformCounts] = {}
    for one in of:
        for name, found in one.platforms:
            known = platforms.get(name, PlatformCounts())
            platforms[name] = PlatformCounts._make(map(sum, zip(known, found, strict=True)))
    return StrategyCounts(
        components=sum(one.components for one in of),
        profiles=sum(one.profiles for one in of),
        largest_component=max((one.largest_component for one in of), default=0),
        largest_profile=max((one.largest_profile for one in of), default=0),
        records=tuple((*key, n) for key, n in records),
        drops=tally(pair for one in of for pair in one.drops),
        platforms=tuple(sorted(platforms.items())),
        churn=_added(pair for one in of for pair in one.churn),
        sums_too_large=tally(pair for one in of for pair in one.sums_too_large),
        types=tuple(_types(of)),
        two_largest=tuple(sorted((n for one in of for n in one.two_largest), reverse=True)[:2]),
        risks=_added(pair for one in of for pair in one.risks),
        decisions=tally(pair for one in of for pair in one.decisions),
        groups=_groups(of),
    )


def _groups(counts: Iterable[StrategyCounts]) -> tuple[tuple[str, GroupCounts], ...]:
    """By name, each number added up."""
    total: dict[str, GroupCounts] = {}
    for name, found in (of_name for one in counts for of_name in one.groups):
        known = total.get(name, GroupCounts())
        total[name] = GroupCounts._make(map(sum, zip(known, found, strict=True)))
    return tuple(sorted(total.items()))


def _types(counts: Iterable[StrategyCounts]) -> Iterator[tuple[str, int, int]]:
    """By type: appearances added up, those of the commonest value of any part."""
    found: dict[str, tuple[int, int]] = {}
    for name, total, most in (of_type for one in counts for of_type in one.types):
        known = found.get(name, (0, 0))
        found[name] = known[0] + total, max(known[1], most)
    return ((name, *found[name]) for name in sorted(found))


def source_counts(body: dict[str, Any]) -> SourceCounts:
    """What `_asdict` gave, back from JSON."""
    tallies = ("quarantine", "refused_values", "column_values", "unfit_attribute_values")
    other_case = tuple((column, key, n) for column, key, n in body["other_case"])
    of = {key: _pairs(body[key]) for key in tallies} | {"other_case": other_case}
    return SourceCounts(**body | of)


def strategy_counts(body: dict[str, Any]) -> StrategyCounts:
    """What `_asdict` gave, back from JSON."""
    platforms = tuple((name, PlatformCounts(*found)) for name, found in body["platforms"])
    records = tuple((source, status, reason, n) for source, status, reason, n in body["records"])
    tallies = {"drops": _pairs(body["drops"]), "platforms": platforms, "records": records}
    tallies |= {
        name: _pairs(body[name]) for name in ("churn", "sums_too_large", "risks", "decisions")
    }
    tallies["types"] = tuple((name, total, most) for name, total, most in body["types"])
    tallies["two_largest"] = tuple(body["two_largest"])
    tallies["groups"] = tuple((name, GroupCounts(*found)) for name, found in body["groups"])
    return StrategyCounts(**body | tallies)


def _pairs(pairs: list[list[Any]]) -> Tally:
    return tuple((name, n) for name, n in pairs)


def _added(counts: Iterable[tuple[_Name, int]]) -> tuple[tuple[_Name, int], ...]:
    total: Counter[_Name] = Counter()
    for name, n in counts:
        total[name] += n
    return tuple(sorted(total.items()))
