"""`merge_all` as a pure function."""

from hypothesis import given

from tests.oracle.merging import merge
from tests.transforms.columnar.policies.worlds import World, answered, compared, thorough, worlds


def test_a_component_is_a_profile() -> None:
    profiles, dropped = answered("merge_all", "c1 d1", "c2 d1", "c3")
    assert profiles == {"r00": "c1 c2 d1", "r01": "c1 c2 d1", "r02": "c3"}
    assert dropped == []


def test_what_no_source_creates_is_no_profile() -> None:
    profiles, _ = answered("merge_all", "c1 d1", create=False)
    assert profiles == {"r00": "update_only"}


def test_a_component_with_two_that_are_apart_is_built_link_by_link_the_newest_first() -> None:
    profiles, dropped = answered("merge_all", "c1 d1", "c2 d1", "c3 e3", apart=("c1 c2",))
    assert profiles == {"r00": "c1", "r01": "c2 d1", "r02": "c3 e3"}
    assert dropped == ["c1 d1 apart"]


@thorough
@given(worlds("merge_all"))
def test_it_says_what_a_plain_reading_says(world: World) -> None:
    plain, found = compared(world, merge)
    assert found == plain
