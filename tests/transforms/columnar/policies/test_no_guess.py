"""`no_guess` as a pure function."""

from hypothesis import given

from tests.oracle.replays import no_guess
from tests.transforms.columnar.policies.worlds import World, answered, compared, thorough, worlds


def test_a_contested_device_belongs_to_nobody_and_gets_an_anonymous_profile() -> None:
    profiles, dropped = answered("no_guess", "c1 d1", "c2 d1", "d1", unique=["customer_id"])
    assert profiles == {"r00": "c1 d1", "r01": "c2 d1", "r02": "d1"}
    assert dropped == ["r01 d1 contested"]


def test_profiles_that_agree_merge_into_the_oldest() -> None:
    profiles, dropped = answered("no_guess", "c1", "d1", "c1 d1", unique=["customer_id"])
    assert profiles == {"r00": "c1 d1", "r01": "c1 d1", "r02": "c1 d1"}
    assert dropped == []


def test_a_second_value_of_a_unique_type_is_not_added() -> None:
    limits = {"unique": ["customer_id", "email"]}
    profiles, dropped = answered("no_guess", "c1 e1", "c1 e2", **limits)
    assert profiles == {"r00": "c1 e1", "r01": "c1 e1"}
    assert dropped == ["r01 e2 unique_type_filled"]


def test_two_that_are_apart_are_a_conflict() -> None:
    profiles, dropped = answered("no_guess", "e1 d1", "e2 d1", "e2", apart=("e1 e2",))
    assert profiles == {"r00": "d1 e1", "r01": "d1 e2", "r02": "d1 e2"}
    assert dropped == ["r01 d1 contested", "r01 e2 contested"]


@thorough
@given(worlds("no_guess"))
def test_it_says_what_a_plain_reading_says(world: World) -> None:
    plain, found = compared(world, no_guess)
    assert found == plain
