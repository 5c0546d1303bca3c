"""`explain` names the decisions of people."""

import pytest

from idweave.pipelines.explain.decided import Decisions, told
from idweave.pipelines.explain.read import Identity, Row

COLUMNS = ("left_type", "left_value", "right_type", "right_value")


def decision(of: str, action: str, *sides: str, outcome: str = "holds", scope: str = "w") -> Row:
    """A row of the table `decisions`; sides are TYPE:VALUE."""
    parts = [part for side in sides for part in side.split(":")]
    row = {"id": of, "action": action, "scope": scope, "outcome": outcome}
    more = {"decided_at": 1, "decided_by": None, "reason": None}
    return dict(zip(COLUMNS, parts, strict=True)) | row | more


class Run:
    """A run that has nothing but decisions."""

    def __init__(self, *rows: Row) -> None:
        self._rows = list(rows)

    def decisions(self) -> list[Row]:
        return self._rows


@pytest.fixture
def decisions() -> Decisions:
    """Two ties, a link, and what is apart, one of them overruled and one of another scope."""
    run = Run(
        decision("d1", "together", "c:3", "c:2"),
        decision("d2", "together", "c:1", "c:2"),
        decision("d3", "together", "c:2", "e:a"),
        decision("d4", "apart", "c:3", "e:b"),
        decision("d5", "apart", "c:3", "e:c", outcome="overruled"),
        decision("d6", "apart", "c:3", "e:b", scope="v"),
    )
    return Decisions(run, "w")  # type: ignore[arg-type]


def names(rows: list[Row]) -> list[str]:
    return [row["id"] for row in told(rows)]


def test_tied_values_count_as_the_smallest_by_the_decisions_between(decisions: Decisions) -> None:
    three, one = Identity("c", "3"), Identity("c", "1")
    assert decisions.smallest(three) == one
    assert names(decisions.that_tie(three, one)) == ["d1", "d2"]
    assert decisions.smallest(Identity("e", "a")) == Identity("e", "a")


def test_a_link_is_told_where_the_way_goes_over_it(decisions: Decisions) -> None:
    step = {"from": "e:a", "to": "c:1", "status": "kept"}
    assert names(decisions.that_link([step])) == ["d3"]
    assert names(decisions.that_link([step | {"status": "dropped"}])) == []


def test_what_two_sides_hold_is_kept_apart_by_what_holds(decisions: Decisions) -> None:
    left, right = {Identity("c", "1"): {"p"}}, {Identity("e", "b"): {"q"}}
    assert names(decisions.that_part(left, right)) == ["d4"]
    assert names(decisions.that_part(right, left)) == ["d4"]
    assert names(decisions.that_part(left, {Identity("e", "c"): {"q"}})) == []
