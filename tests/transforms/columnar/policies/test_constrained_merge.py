"""`constrained_merge` as a pure function."""

from hypothesis import given

from tests.oracle.merging import merge
from tests.transforms.columnar.policies.worlds import World, answered, compared, thorough, worlds


def test_the_last_login_keeps_a_shared_device_by_default() -> None:
    profiles, dropped = answered("constrained_merge", "c1 d1", "c2 d1", unique=["customer_id"])
    assert profiles == {"r00": "c1", "r01": "c2 d1"}
    assert dropped == ["c1 d1 unique"]


def test_the_first_login_keeps_it_under_first_owner() -> None:
    limits = {"unique": ["customer_id"], "order": "first_owner"}
    profiles, dropped = answered("constrained_merge", "c1 d1", "c2 d1", **limits)
    assert profiles == {"r00": "c1 d1", "r01": "c2"}
    assert dropped == ["c2 d1 unique"]


def test_of_two_limits_that_a_link_breaks_the_first_is_told() -> None:
    limits = {"unique": ["customer_id"], "max_profile_values": 2}
    _, dropped = answered("constrained_merge", "c1 d1", "c2 d1", apart=("c1 c2",), **limits)
    assert dropped == ["c1 d1 unique"]


def test_two_that_are_apart_are_a_limit() -> None:
    profiles, dropped = answered("constrained_merge", "e1 d1", "e2 d1", apart=("e1 e2",))
    assert profiles == {"r00": "e1", "r01": "d1 e2"}
    assert dropped == ["e1 d1 apart"]


@thorough
@given(worlds("constrained_merge"))
def test_it_says_what_a_plain_reading_says(world: World) -> None:
    plain, found = compared(world, merge)
    assert found == plain
