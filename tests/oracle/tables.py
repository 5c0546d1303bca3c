"""Tables of a run from what is expected of it, as far as they need no attributes.

Columns that the page leaves to the product are left out: `component_id`, `identity_count`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.oracle.claims import Profile
from tests.oracle.lasting import birth_id
from tests.oracle.world import Expected, Identity, Key, Record, RecordKey, Row, Strategy

ASSIGNMENTS = (
    "source",
    "record_id",
    "event_time",
    "scope",
    "profile_id",
    "status",
    "reason",
)
IDENTITIES = (
    "identity_type",
    "identity_value",
    "profile_id",
    "scope",
    "linked",
    "first_seen",
    "last_seen",
    "record_count",
)
PROFILES = (
    "profile_id",
    "scope",
    "first_seen",
    "last_seen",
    "record_count",
    "known",
    "orphaned",
    "linked_from",
)


def profiles_of(expected: Expected, everywhere: bool = False) -> list[Profile]:
    """What claims are made for: every profile with the linked identities that it lists."""
    return [
        Profile(birth_id(key), key[1], frozenset(identities))
        for key, identities in expected.listed(everywhere).items()
    ]


def assignments(
    records: Sequence[Record], expected: Expected, of_birth: Mapping[str, str]
) -> list[Row]:
    """Table `assignments`."""
    rows = []
    for record in records:
        key, status, reason = expected.assignments[record.key]
        profile_id = None if key is None else of_birth[birth_id(key)]
        values = (*record.key, record.event_time, record.scope, profile_id, status, reason)
        rows.append(dict(zip(ASSIGNMENTS, values, strict=True)))
    return rows


def identities(
    records: Sequence[Record],
    strategy: Strategy,
    expected: Expected,
    of_birth: Mapping[str, str],
    everywhere: bool = False,
) -> list[Row]:
    """Table `identities` without `component_id`."""
    carrying: dict[tuple[Key, Identity], list[Record]] = defaultdict(list)
    listed = {(key, i) for key, own in expected.listed(everywhere).items() for i in own}
    for record in records:
        key = expected.assignments[record.key][0]
        if key is not None:
            for identity in _carried(record, strategy, expected):
                carrying[key, identity].append(record)
                if identity[0] not in strategy.link_on:
                    listed.add((key, identity))
    rows = []
    for key, identity in sorted(listed):
        own = carrying[key, identity]
        is_linked = identity[0] in strategy.link_on
        profile_id = of_birth[birth_id(key)]
        values = (*identity, profile_id, key[1], is_linked, *_times(own), len(own))
        rows.append(dict(zip(IDENTITIES, values, strict=True)))
    return rows


def _carried(record: Record, strategy: Strategy, expected: Expected) -> set[Identity]:
    """The record's identities: tied values as read and as one, less what `apart` left out.

    A hub is lost to each of its observations, so it is not carried either.
    """
    classes = expected.classes.get(record.scope, {})
    left_out = expected.left_out.get(record.key, set())
    kept = [i for i in record.identities if classes.get(i, i) not in left_out]
    carried = {identity for i in kept for identity in (i, classes.get(i, i))}
    return {i for i in carried if not expected.drops[(*record.key, *i, "hub")]}


def _times(records: Sequence[Record]) -> tuple[int | None, int | None]:
    times = [record.event_time for record in records if record.event_time is not None]
    return (min(times), max(times)) if times else (None, None)


def profiles(
    records: Sequence[Record], expected: Expected, of_birth: Mapping[str, str]
) -> list[Row]:
    """Table `profiles` without attributes and `identity_count`."""
    by_key: dict[RecordKey, Record] = {record.key: record for record in records}
    own: dict[Key, list[Record]] = defaultdict(list)
    for record_key, (key, _, _) in expected.assignments.items():
        if key is not None:
            own[key].append(by_key[record_key])
    rows = []
    for key, held in expected.held.items():
        linked_from = expected.linked_from[key]
        values = (
            of_birth[birth_id(key)],
            key[1],
            *_times(own[key]),
            len(own[key]),
            expected.known[key],
            not held,
            linked_from and of_birth[birth_id(linked_from)],
        )
        rows.append(dict(zip(PROFILES, values, strict=True)))
    return rows
