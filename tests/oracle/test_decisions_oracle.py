"""The plain reading of SEMANTICS 7 on cases made by hand, expected results from the page."""

from typing import Any

from tests.oracle.deciding import outcomes
from tests.oracle.decisions import Decision, errors, in_force
from tests.oracle.expect import expect
from tests.oracle.world import Expected, Identity, Record, Strategy

LINK_ON = ("customer_id", "email", "device")
_TYPES = {"c": "customer_id", "e": "email", "d": "device"}


def identity(short: str) -> Identity:
    return _TYPES[short[0]], short[1:]


def records(*rows: str, **fields: Any) -> list[Record]:
    """One record for each text, `c1 e2` its identities, in this order; ids r0, r1, …"""
    start: dict[str, Any] = {"scope": "w", "request": "identify", "create": True} | fields
    return [
        Record("s", f"r{i}", i, identities=tuple(map(identity, row.split())), **start)
        for i, row in enumerate(rows)
    ]


def decision(name: str, action: str, left: str, right: str, at: int = 1, **more: Any) -> Decision:
    return Decision(name, action, identity(left), identity(right), at, **more)


def strategy(policy: str, **params: Any) -> Strategy:
    return Strategy(policy, LINK_ON, params=params)


def partition(expected: Expected) -> list[str]:
    """Records of each profile, as `r0 r1`."""
    by_key: dict[Any, list[str]] = {}
    for (_, record_id), (key, _, _) in expected.assignments.items():
        if key is not None:
            by_key.setdefault(key, []).append(record_id)
    return sorted(" ".join(sorted(own)) for own in by_key.values())


def drops(expected: Expected) -> list[tuple[str, ...]]:
    return sorted((record_id, f"{t[0]}{v}", rule) for _, record_id, t, v, rule in expected.drops)


def test_values_that_are_tied_count_as_the_smallest_and_are_listed_as_read() -> None:
    rows = records("c2 e1", "c1 e2", "c2 d1")
    tied = [decision("d", "together", "c2", "c1")]
    expected = expect(rows, strategy("constrained_merge", unique=["customer_id"]), tied)
    assert partition(expected) == ["r0 r1 r2"]
    key = ("identity", "w", "customer_id", "1")
    held = {identity(i) for i in ("c1", "e1", "e2", "d1")}
    assert expected.held == {key: held}
    assert expected.listed() == {key: held | {identity("c2")}}
    one_record = records("c1 c2")
    alone = expect(one_record, strategy("constrained_merge", unique=["customer_id"]), tied)
    assert alone.assignments["s", "r0"][1] == "assigned"


def test_two_types_together_are_an_observation_before_all_others() -> None:
    rows = records("c1 d1", "e1 d2", "c2 e1")
    tied = [decision("d", "together", "c1", "e1")]
    replayed = expect(rows, strategy("demote_weakest"), tied)
    assert partition(replayed) == ["r0 r1", "r2"]
    assert ("record", "w", "decisions", "d") in replayed.held
    assert drops(replayed) == [("r2", "e1", "demoted")]
    merged = expect(rows, strategy("constrained_merge", unique=["customer_id"]), tied)
    assert partition(merged) == ["r0 r1", "r2"]
    assert merged.dropped_links == {(identity("c2"), identity("e1"), "unique")}
    merged = expect(records("e1", "c1"), strategy("merge_all"), tied)
    assert set(merged.held) == {("identity", "w", "email", "1")}  # seen first in a real record


def test_newer_decisions_come_first_and_only_a_limit_drops_one() -> None:
    rows = records("c1", "c2", "e1", "c2 e1")
    tied = [decision("a", "together", "c1", "e1"), decision("b", "together", "c2", "e1", 2)]
    rules = strategy("constrained_merge", unique=["customer_id"])
    expected = expect(rows, rules, tied)
    assert expected.dropped_links == {(identity("c1"), identity("e1"), "unique")}
    results = [row["outcome"] for row in outcomes(rows, rules, tied, expected)]
    assert results == ["overruled", "holds"]


def test_apart_leaves_the_weaker_out_of_a_record() -> None:
    rows = records("c1 e1 d1", "e1")
    expected = expect(rows, strategy("merge_all"), [decision("d", "apart", "c1", "e1")])
    assert drops(expected) == [("r0", "e1", "apart")]
    assert partition(expected) == ["r0", "r1"]
    rows = records("c1 e1 d1", "c1 e1", request="logout")
    rules = strategy("idsync", login=["customer_id"], unique=["customer_id"])
    expected = expect(rows, rules, [decision("d", "apart", "c1", "e1")])
    rule = "login_id_on_logout"
    assert drops(expected) == [("r0", "c1", rule), ("r1", "c1", rule)]


def test_merge_all_is_built_with_the_newest_owner_where_a_component_holds_both() -> None:
    rows = records("e1 d1", "e2 d1", "e3 d3")
    expected = expect(rows, strategy("merge_all"), [decision("d", "apart", "e1", "e2")])
    assert partition(expected) == ["r0", "r1", "r2"]
    assert expected.dropped_links == {(identity("e1"), identity("d1"), "apart")}


def test_constrained_merge_checks_apart_after_the_other_limits() -> None:
    rows = records("c1 d1", "c2 d1", "c1 e1", "c2 e2")
    apart = [decision("d", "apart", "c1", "c2"), decision("e", "apart", "e1", "d1")]
    rules = strategy("constrained_merge", unique=["customer_id"], order="first_owner")
    expected = expect(rows, rules, apart)
    assert expected.dropped_links == {
        (identity("c2"), identity("d1"), "unique"),
        (identity("c1"), identity("e1"), "apart"),
    }


def test_demote_weakest_takes_apart_for_a_limit() -> None:
    rows = records("e1 d1", "e2 d1", "e2")
    expected = expect(rows, strategy("demote_weakest"), [decision("d", "apart", "e1", "e2")])
    assert drops(expected) == [("r1", "d1", "demoted")]
    assert partition(expected) == ["r0", "r1 r2"]


def test_no_guess_takes_apart_for_a_conflict_and_adds_nothing_beside_its_counterpart() -> None:
    apart = [decision("d", "apart", "e1", "e2")]
    rows = records("c1 e1", "c1 e2", "c1 d1")
    expected = expect(rows, strategy("no_guess", unique=["customer_id"]), apart)
    assert partition(expected) == ["r0 r1 r2"]
    assert drops(expected) == [("r1", "e2", "apart")]
    apart = [decision("d", "apart", "d1", "d2"), decision("e", "apart", "e1", "e9")]
    rows = records("e1 d2", "e1 d1", "e9 d2", "e1 d2", "d2")
    expected = expect(rows, strategy("no_guess"), apart)
    assert partition(expected) == ["r0", "r1 r3", "r2", "r4"]  # r1, r2, r4: anonymous profiles
    assert drops(expected) == [
        ("r1", "d1", "contested"),
        ("r1", "e1", "contested"),
        ("r2", "d2", "contested"),
        ("r2", "e9", "contested"),
        ("r3", "d2", "apart"),
    ]


def test_idsync_makes_holders_of_the_counterpart_ineligible_and_modify_faulty() -> None:
    apart = [decision("d", "apart", "e1", "e2")]
    rules = strategy("idsync", login=[], unique=[])
    rows = records("e1 d1", "e2 d1", "e1 d1")
    assert partition(expect(rows, rules, apart)) == ["r0 r2", "r1"]
    change = rows[2]._replace(request="modify", changes=(("email", None, "2"),))
    expected = expect([*rows[:2], change], rules, apart)
    assert expected.assignments[change.key] == (None, "refused", "apart")
    change = change._replace(changes=(("email", "1", "2"),))
    expected = expect([*rows[:2], change], rules, apart)
    assert partition(expected) == ["r0 r2", "r1"]


def test_idsync_passes_a_direct_key_whose_profile_holds_the_counterpart() -> None:
    rules = Strategy("idsync", ("device", "email"), params={"login": []}, direct=("device",))
    rows = records("e1 d1", "e2 d1", "e2")
    expected = expect(rows, rules, [decision("d", "apart", "e1", "e2")])
    assert drops(expected) == [("r1", "d1", "unique_value_taken")]
    assert partition(expected) == ["r0", "r1 r2"]
    assert partition(expect(rows, rules)) == ["r0 r1 r2"]


def test_a_decision_counts_where_both_are_carried_and_a_class_always() -> None:
    rows = records("e1 d1", "e2 d1")
    apart = [decision("d", "apart", "e1", "e9"), decision("t", "together", "e2", "e0")]
    expected = expect(rows, strategy("merge_all"), apart)
    assert expected.held == {
        ("identity", "w", "email", "1"): {identity(i) for i in ("e0", "e1", "d1")}
    }
    table = outcomes(rows, strategy("merge_all"), in_force(apart), expected)
    assert [(r["id"], r["scope"], r["outcome"]) for r in table] == [
        ("d", None, "no_effect"),
        ("t", None, "no_effect"),
    ]


def test_the_latest_row_of_an_id_counts_and_a_revoke_ends_it() -> None:
    first = decision("d", "together", "e1", "e2", 1)
    second = decision("d", "apart", "e1", "e2", 3)
    revoke = Decision("d", "revoke", None, None, 2)
    assert in_force([second, revoke, first]) == [second]
    assert in_force([first, revoke, first]) == []


def test_faulty_rows_are_told() -> None:
    rules = {"a": strategy("merge_all"), "b": Strategy("merge_all", ("email", "phone"))}
    tied = [decision("t", "together", "e1", "e2"), decision("u", "together", "e2", "e3")]
    against = decision("v", "apart", "e3", "e1")
    assert errors([*tied, against], rules) == [("v", "tied_and_apart")]
    assert errors([*tied, against._replace(scope="x")], rules) == [("v", "tied_and_apart")]
    scoped = [tied[0]._replace(scope="y"), tied[1], against._replace(scope="x")]
    assert errors(scoped, rules) == []
    assert errors([tied[0], tied[0]], rules) == []
    assert errors([tied[0], tied[0]._replace(reason="other")], rules) == [("t", "same_moment")]
    assert errors([decision("w", "apart", "d1", "e1", strategy="b")], rules) == [
        ("w", "not_linked")
    ]
    assert errors([decision("x", "apart", "d1", "eunknown")], rules) == [("x", "value_refused")]
    assert errors([Decision("y", "apart", None, None, 1)], rules) == [("y", "faulty")]
