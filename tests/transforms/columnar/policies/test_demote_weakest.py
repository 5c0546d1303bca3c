"""`demote_weakest` as a pure function."""

from hypothesis import given

from tests.oracle.replays import demote_weakest
from tests.transforms.columnar.policies.worlds import World, answered, compared, thorough, worlds


def test_a_record_loses_its_weakest_identity_until_it_fits() -> None:
    profiles, dropped = answered("demote_weakest", "c1 d1", "c2 d1")
    assert profiles == {"r00": "c1 d1", "r01": "c2"}
    assert dropped == ["r01 d1 demoted"]


def test_profiles_that_fit_merge_into_the_oldest_and_records_move_along() -> None:
    profiles, dropped = answered("demote_weakest", "e1", "d1", "e1 d1")
    assert profiles == {"r00": "d1 e1", "r01": "d1 e1", "r02": "d1 e1"}
    assert dropped == []


def test_a_full_profile_still_takes_the_record() -> None:
    profiles, dropped = answered("demote_weakest", "c1 e1", "c1 d1", max_profile_values=2)
    assert profiles == {"r00": "c1 e1", "r01": "c1 e1"}
    assert dropped == ["r01 d1 profile_full"]


def test_two_that_are_apart_are_one_more_limit() -> None:
    profiles, dropped = answered("demote_weakest", "e1 d1", "e2 d1", apart=("e1 e2",))
    assert profiles == {"r00": "d1 e1", "r01": "e2"}
    assert dropped == ["r01 d1 demoted"]


@thorough
@given(worlds("demote_weakest"))
def test_it_says_what_a_plain_reading_says(world: World) -> None:
    plain, found = compared(world, demote_weakest)
    assert found == plain
