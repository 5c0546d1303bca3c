"""`idsync` as a pure function."""

import pytest
from hypothesis import given

from tests.oracle.idsync import idsync
from tests.oracle.world import Expected, Record, Strategy
from tests.transforms.columnar.policies.small import resolved, small, told
from tests.transforms.columnar.policies.worlds import (
    LINK_ON,
    World,
    answered,
    compared,
    rules_of,
    thorough,
    worlds,
)

LOGIN = {"login": ["customer_id"], "unique": ["customer_id"], "on_new_login": "create"}


def test_a_known_profile_is_found_by_its_login_value_alone() -> None:
    profiles, dropped = answered("idsync", "c1 d1", "d1", "c1", **LOGIN, on_logout="create")
    assert profiles == {"r00": "c1 d1", "r01": "d1", "r02": "c1 d1"}
    assert dropped == []


def test_a_new_login_creates_a_profile_beside_the_anonymous_one() -> None:
    profiles, _ = answered("idsync", "d1", "c1 d1", **LOGIN, on_logout="create")
    assert profiles == {"r00": "d1", "r01": "c1 d1"}


def test_a_value_of_a_unique_type_has_one_profile() -> None:
    rules = LOGIN | {"unique": ["customer_id", "email"]}
    profiles, dropped = answered("idsync", "c1 e1", "e1 d1", **rules, on_logout="create")
    assert profiles == {"r00": "c1 e1", "r01": "d1"}
    assert dropped == ["r01 e1 unique_value_taken"]


def test_a_profile_that_holds_what_is_apart_is_not_found() -> None:
    rules = {"login": [], "unique": [], "on_new_login": "add", "on_logout": "create"}
    profiles, dropped = answered("idsync", "e1 d1", "e2 d1", apart=("e1 e2",), **rules)
    assert profiles == {"r00": "d1 e1", "r01": "d1 e2"}
    assert dropped == []


@pytest.mark.parametrize(
    ("changes", "held", "moved"),
    [
        ((("customer_id", None, "1"),), {"d1 c1"}, ["moved"]),
        ((("customer_id", None, "1"), ("customer_id", "1", None)), {"c1", "d1"}, []),
        ((("customer_id", None, "1"), ("customer_id", "1", "2")), {"c1", "d1 c2"}, []),
    ],
)
def test_a_unique_value_moves_only_if_the_profile_holds_it_at_the_end(
    changes: tuple[tuple[str, str | None, str | None], ...], held: set[str], moved: list[str]
) -> None:
    words = Strategy("idsync", LINK_ON, params=LOGIN | {"login": [], "on_logout": "create"})
    records = [
        Record("s", "r0", 0, "w", "identify", True, (("customer_id", "1"),)),
        Record("s", "r1", 1, "w", "identify", True, (("device", "1"),)),
        Record("s", "r2", 2, "w", "modify", True, (("device", "1"),), changes),
    ]
    own = [(record, list(record.identities)) for record in records]
    seen = small(own, words)
    found, plain = told(seen, resolved(seen, "idsync", rules_of(words))), Expected()
    idsync(own, words, plain)
    assert (found.held, found.drops) == (plain.held, plain.drops)
    names = {" ".join(f"{kind[0]}{value}" for kind, value in sorted(ids, reverse=True))
             for ids in found.held.values() if ids}  # fmt: skip
    assert names == held
    assert [rule for *_, rule in found.drops] == moved


@thorough
@given(worlds("idsync"))
def test_it_says_what_a_plain_reading_says(world: World) -> None:
    plain, found = compared(world, idsync)
    assert found == plain
