"""The plain reading of `changes/TABLE` on cases made by hand, expected results from the page."""

from typing import Any

import pytest

from tests.oracle.changes import Published, apply, changes
from tests.oracle.world import Row

PROFILES = ("profile_id", "plan")
ASSIGNMENTS = ("source", "record_id", "profile_id", "status")
IDENTITIES = ("identity_type", "identity_value", "profile_id", "record_count")
PLATFORM = ("profile_id", "email", "devices")


def published(columns: tuple[str, ...], *rows: tuple[Any, ...]) -> Published:
    return Published(columns, [dict(zip(columns, row, strict=True)) for row in rows])


def listed(columns: tuple[str, ...], *rows: tuple[Any, ...]) -> list[Row]:
    return list(published(("op", *columns), *rows).rows)


def test_profiles_are_inserted_updated_deleted_and_erased() -> None:
    base = published(PROFILES, ("a", "x"), ("b", "x"), ("c", None), ("d", "x"))
    now = published(PROFILES, ("a", "x"), ("b", "y"), ("e", None))
    told = changes("profiles", base, now, erased=["d", "never there"])
    assert told == listed(
        PROFILES, ("erase", "d", None), ("update", "b", "y"), ("delete", "c", None)
    ) + listed(PROFILES, ("insert", "e", None))
    assert apply("profiles", base.rows, told) == now.rows


def test_assignments_leave_out_what_is_duplicate_or_suppressed() -> None:
    rows = [("s", "1", "a", "assigned"), ("s", "1", "a", "duplicate"), ("s", "2", "b", "assigned")]
    base = published(ASSIGNMENTS, *rows, ("s", "3", "a", "assigned"), ("s", "4", "a", "assigned"))
    now = published(
        ASSIGNMENTS,
        ("s", "HASH", None, "suppressed"),
        ("s", "2", "c", "assigned"),
        ("s", "4", "c", "assigned"),
        ("s", "4", "c", "duplicate"),
    )
    told = changes("assignments", base, now, erased=["a"])
    assert told == listed(
        ASSIGNMENTS,
        ("erase", None, None, "a", None),
        ("update", "s", "2", "c", "assigned"),
        ("insert", "s", "4", "c", "assigned"),
    )
    left = [now.rows[1], now.rows[2]]
    assert apply("assignments", base.rows, told) == left


def test_an_identity_that_moves_is_a_delete_and_an_insert() -> None:
    base = published(IDENTITIES, ("email", "x", "a", 2), ("email", "y", "a", 1))
    now = published(IDENTITIES, ("email", "x", "b", 2), ("email", "y", "a", 3))
    assert changes("identities", base, now) == listed(
        IDENTITIES,
        ("delete", "email", "x", "a", 2),
        ("insert", "email", "x", "b", 2),
        ("update", "email", "y", "a", 3),
    )


def test_a_platform_removes_and_adds_whole_rows() -> None:
    base = published(PLATFORM, ("a", "x", ["1"]), ("b", "y", []), ("c", "z", []))
    now = published(PLATFORM, ("a", "x", ["1", "2"]), ("b", "y", []), ("d", None, []))
    told = changes("platforms", base, now, erased=["c"])
    assert told == listed(
        PLATFORM,
        ("remove", "a", "x", ["1"]),
        ("remove", "c", "z", []),
        ("add", "a", "x", ["1", "2"]),
        ("add", "d", None, []),
    )
    after = apply("platforms", base.rows, told)
    assert sorted(after, key=str) == sorted(now.rows, key=str)


def test_what_the_base_lacks_is_all_new_for_platforms_and_audiences_only() -> None:
    now = published(PLATFORM, ("a", "x", []))
    assert changes("platforms", None, now) == listed(PLATFORM, ("add", "a", "x", []))
    assert changes("platforms", now, None) is None
    member = published(PROFILES, ("a", "x"))
    assert changes("audiences", None, member) == listed(PROFILES, ("insert", "a", "x"))
    assert changes("profiles", None, member) is None
    assert changes("profiles", published(("profile_id",)), member) is None


def test_a_change_that_does_not_fit_is_an_error() -> None:
    base = published(PROFILES, ("a", "x"))
    for row in (("insert", "a", "y"), ("update", "b", "y"), ("delete", "a", "y")):
        with pytest.raises(AssertionError):
            apply("profiles", base.rows, listed(PROFILES, row))
