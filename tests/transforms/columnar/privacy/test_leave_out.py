"""A unit without some records is the unit that was never told of them."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.identities.normalise import IdentityTests
from idweave.transforms.columnar.identities.observe import Observed, observe
from idweave.transforms.columnar.privacy.find_listed import listed
from idweave.transforms.columnar.privacy.hashes import full_hashes, short_hashes
from idweave.transforms.columnar.privacy.leave_out import (
    ListedType,
    Lists,
    find_suppressed,
    without,
)
from idweave.transforms.columnar.reading.records import (
    NO_TIME,
    Changes,
    Records,
    Values,
    none_quarantined,
)
from idweave.transforms.columnar.reading.within import only

KEY = b"k" * 40
TYPES = {0: ListedType("email", ()), 1: ListedType("device", ())}
TIMES = [NO_TIME, 5, 6, 7, 5, 5, 5]


def records() -> Records:
    """Seven: the fourth is late, the fifth has too many, the sixth a change, the last a fault."""
    email = ["ann", "ann", "bob", "ann", "ann", "x", "null"]
    devices = ["d1", "d2", "d3", "d4", "d5"]
    wrong = np.zeros(7, bool)
    text = pa.array(["device"], pa.string())
    return Records(
        position=np.arange(7),
        record_id=pa.array([f"r{i}" for i in range(7)]),
        event_time=np.array(TIMES),
        workspace=None,
        request=np.zeros(7, np.int8),
        values=(
            Values(0, np.arange(7, dtype=np.int32), pa.array(email), wrong),
            Values(1, np.full(5, 4, np.int32), pa.array(devices), np.zeros(5, bool)),
        ),
        attributes={},
        changes=Changes(
            np.array([5], np.int32), np.array([1], np.int16), text, pa.array(["d9"]),
            pa.array(["d8"]), np.zeros((1, 2), bool),
        ),
        content=None,
        quarantined=none_quarantined(),
    )  # fmt: skip


def seen(of: Records) -> Observed:
    tests = {kind: IdentityTests((), (), True, None, 256, ()) for kind in TYPES}
    return observe(of, tests, {0: (1, 2), 1: (3, 4)}, 4)


def lists(identities: list[tuple[str, str, int]], record: str) -> Lists:
    """Of identities (type, value, since), each of a request of its own, and of a record."""
    short, check = [], []
    for kind, value, _ in identities:
        text = pa.array([value])
        short.append(short_hashes(KEY, "identity", kind, text))
        check.append(full_hashes(KEY, "identity", kind, text).digest[:, 0])
    own = pa.array([record])
    of_record = listed(
        short_hashes(KEY, "record", "web", own),
        full_hashes(KEY, "record", "web", own).digest[:, 0],
        np.array([2**63 - 1]),
        np.array([9], np.int32),
    )
    since = np.array([moment for _, _, moment in identities])
    numbers = np.arange(len(identities), dtype=np.int32)
    listed_ids = listed(np.concatenate(short), np.concatenate(check), since, numbers)
    return Lists(KEY, of_record, listed_ids)


def test_records_are_found_by_their_id_what_they_carry_and_what_they_change() -> None:
    own = records()
    named = lists(
        [("email", "ann", 6), ("email", "ann", 4), ("device", "d8", 9), ("email", "null", 5)], "r2"
    )
    found = find_suppressed(named, "web", own, seen(own), TYPES)
    pairs = sorted(zip(found.row.tolist(), found.request.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 1), (1, 0), (2, 9), (4, 0), (5, 2), (6, 3)]
    other = find_suppressed(named, "app", own, seen(own), {1: TYPES[1]})
    assert sorted(zip(other.row.tolist(), other.request.tolist(), strict=True)) == [(5, 2)]


def test_what_is_left_is_what_would_have_been_observed_without_the_others() -> None:
    own = records()
    for gone in ([], [0], [0, 1, 3, 4], [5], [2, 5, 6], list(range(7))):
        inside = np.ones(7, bool)
        inside[gone] = False
        left, expected = without(seen(own), inside), seen(only(own, inside))
        for name in ("start", "too_many"):
            assert getattr(left, name).tolist() == getattr(expected, name).tolist()
        assert told(left) == told(expected)
        assert left.refused.row.tolist() == expected.refused.row.tolist()
        assert left.refused.value.to_pylist() == expected.refused.value.to_pylist()
        assert left.changes.row.tolist() == expected.changes.row.tolist()


def told(of: Observed) -> list[object]:
    """What records carry and change, as texts; whatever the identities' numbers are."""
    value = of.value.to_pylist()
    row = np.repeat(np.arange(len(of.too_many)), np.diff(of.start)).tolist()
    pairs = [(r, int(of.type[i]), value[i]) for r, i in zip(row, of.identity, strict=True)]
    changed = [*of.changes.old.tolist(), *of.changes.new.tolist()]
    return [*sorted(pairs), *(value[i] if i >= 0 else i for i in changed)]
