"""The plain reading of SEMANTICS 6 on cases made by hand, expected results from the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.claims import Profile
from tests.oracle.lasting import (
    Base,
    Lasting,
    This,
    birth_id,
    churn,
    digest,
    ended_ids_share,
    last,
    moved_records_share,
)
from tests.oracle.world import Row

LINK_ON = ("customer_id", "email", "device")
_TYPES = {"c": "customer_id", "e": "email", "d": "device"}
Held = Mapping[str, Sequence[str]]  # `c1` is customer_id 1, and so on


def identity(short: str) -> tuple[str, str]:
    return _TYPES[short[0]], short[1:]


def profiles(held: Held, scope: str = "w") -> list[Profile]:
    return [Profile(n, scope, frozenset(map(identity, own))) for n, own in held.items()]


def listed(held: Held, scope: str = "w", linked: bool = True) -> list[Row]:
    names = ("identity_type", "identity_value")
    return [
        dict(zip(names, identity(short), strict=True))
        | {"profile_id": profile_id, "scope": scope, "linked": linked}
        for profile_id, own in held.items()
        for short in own
    ]


def row(profile_id: str, status: str, current: str | None, **others: Any) -> Row:
    start: Row = {"profile_id": profile_id, "scope": "w", "status": status, "current_id": current}
    ended = {"ended_run": None, "ended_at": None}
    return start | {"birth_id": None, "born_run": "r1", "born_at": 1} | ended | others


def live(profile_id: str, birth: str | None = None, **others: Any) -> Row:
    return row(profile_id, "live", profile_id, birth_id=birth or profile_id, **others)


def base_of(held: Held, ids: Sequence[Row] | None = None, run: str = "r1", at: int = 1) -> Base:
    return Base(run, at, listed(held), [live(b) for b in held] if ids is None else ids)


def second(held: Held, base: Base | None, run: str = "r2", at: int = 2, **more: Any) -> Lasting:
    return last(profiles(held), This(run, at, LINK_ON), base, **more)


def told(lasting: Lasting) -> list[tuple[str, str, str | None]]:
    return [(r["profile_id"], r["change"], r["other_id"]) for r in lasting.id_changes]


def test_without_a_base_an_id_is_the_birth_id_and_all_are_created() -> None:
    lasting = second({"n1": ["c1"], "n2": []}, None, "r1", 1)
    assert lasting.of_birth == {"n1": "n1", "n2": "n2"}
    assert lasting.ids == [live("n1"), live("n2")]
    change: Row = {"scope": "w", "change": "created", "other_id": None}
    change |= {"run_id": "r1", "changed_at": 1}
    assert lasting.id_changes == [{"profile_id": n} | change for n in ("n1", "n2")]


def test_the_strongest_type_in_common_decides_then_its_values_then_all() -> None:
    base = base_of({"b1": ["c1"], "b2": ["e1", "e2", "e3"]})
    assert second({"n": ["c1", "e1", "e2", "e3"]}, base).of_birth == {"n": "b1"}
    base = base_of({"b1": ["e1", "d1", "d2"], "b2": ["e2", "e3"]})
    assert second({"n": ["e1", "e2", "e3", "d1", "d2"]}, base).of_birth == {"n": "b2"}
    base = base_of({"b1": ["e1"], "b2": ["e2", "d1"]})
    assert second({"n": ["e1", "e2", "d1"]}, base).of_birth == {"n": "b2"}


def test_equal_claims_go_to_the_equal_birth_then_to_the_smallest_id() -> None:
    base = base_of({"b1": ["e1"], "b2": ["e2"]}, [live("b1"), live("b2", "n")])
    assert second({"n": ["e1", "e2"]}, base).of_birth == {"n": "b2"}
    base = base_of({"b2": ["e2"], "b1": ["e1"]})
    assert second({"n": ["e1", "e2"]}, base).of_birth == {"n": "b1"}


def test_of_equal_claims_one_is_granted_by_birth_then_by_the_smallest_birth_id() -> None:
    base = base_of({"b": ["e1", "e2"]}, [live("b", "n2")])
    assert second({"n1": ["e1"], "n2": ["e2"]}, base).of_birth == {"n1": "n1", "n2": "b"}
    base = base_of({"b": ["e1", "e2"]})
    assert second({"n2": ["e2"], "n1": ["e1"]}, base).of_birth == {"n1": "b", "n2": "n2"}


def test_there_are_two_rounds_of_claims_and_no_third() -> None:
    base = base_of({"b1": ["c1", "c2", "c3"], "b2": ["e2", "e3"], "b3": ["d3"]})
    lasting = second({"n1": ["c1"], "n2": ["c2", "e2"], "n3": ["c3", "e3", "d3"]}, base)
    assert lasting.of_birth == {"n1": "b1", "n2": "b2", "n3": "n3"}
    assert told(lasting) == [("b3", "merged", "n3"), ("n3", "split", "b1")]
    row_of_n3 = live("n3", born_run="r2", born_at=2)
    ended = row("b3", "merged", "n3", ended_run="r2", ended_at=2)
    assert lasting.ids == [live("b1", "n1"), live("b2", "n2"), ended, row_of_n3]


def test_a_birth_id_that_is_live_in_the_base_is_not_taken_again() -> None:
    base = base_of({"x": ["c1", "e1"]})
    lasting = second({"a": ["c1"], "x": ["e1"]}, base)
    again = digest("again\0x\0r1")
    assert lasting.of_birth == {"a": "x", "x": again}
    assert told(lasting) == [(again, "split", "x")]
    assert live(again, "x", born_run="r2", born_at=2) in lasting.ids


def test_an_id_that_ends_is_followed_by_the_largest_overlap() -> None:
    base = base_of({"b1": ["c1"], "b2": ["e1", "d1"], "b3": ["d2"]})
    lasting = second({"n1": ["c1", "e1"], "n2": ["d1"]}, base)
    assert lasting.of_birth == {"n1": "b1", "n2": "b2"}
    assert told(lasting) == [("b3", "gone", None)]
    lasting = second({"n1": ["c1", "e1", "d2"]}, base)
    assert told(lasting) == [("b2", "merged", "b1"), ("b3", "merged", "b1")]


def test_equal_followers_are_told_apart_by_birth_then_by_the_smallest_lasting_id() -> None:
    held = {"b1": ["c1", "e1"], "b2": ["c2", "e2"], "b3": ["e1", "e2"]}
    again = {"n1": ["c1", "e1"], "n2": ["c2", "e2"]}
    ids = [live("b1", "n1"), live("b2", "n2"), live("b3")]
    assert told(second(again, base_of(held, ids))) == [("b3", "merged", "b1")]
    ids = [live("b1", "n1"), live("b2", "x"), live("b3", "n2")]
    assert told(second(again, base_of(held, ids))) == [("b3", "merged", "b2")]


def test_one_hop_ends_at_a_live_id_along_a_chain_and_a_mere_redirect_is_no_change() -> None:
    ids = second({"n": ["c2", "e1"]}, base_of({"b1": ["e1"], "b2": ["c2"]})).ids
    third = second({"m": ["c3", "c2"]}, base_of({"b2": ["c2"], "b3": ["c3"]}, [*ids, live("b3")]))
    assert told(third) == [("b3", "merged", "b2")]
    base = base_of({"b2": ["e2"], "b4": ["c4"]}, [*third.ids, live("b4")], "r3", 3)
    fourth = second({"k": ["c4", "e2"]}, base, "r4", 4)
    assert told(fourth) == [("b2", "merged", "b4")]
    redirect = row("b1", "merged", "b4", ended_run="r2", ended_at=2)
    assert redirect in fourth.ids
    fifth = second({"o": ["c9"]}, base_of({"b4": ["c4"]}, fourth.ids, "r4", 4), "r5", 5)
    assert told(fifth) == [
        ("b1", "gone", None),
        ("b2", "gone", None),
        ("b3", "gone", None),
        ("b4", "gone", None),
        ("o", "created", None),
    ]
    assert redirect | {"status": "gone", "current_id": None} in fifth.ids
    figures = churn(base_of({"b4": ["c4"]}, fourth.ids, "r4", 4), fifth)
    assert (figures["gone"], figures["live_in_base"], ended_ids_share(figures)) == (1, 1, 1.0)


def test_an_ended_id_that_comes_back_is_live_again_and_keeps_its_birth() -> None:
    ended = row("n", "gone", None, ended_run="r2", ended_at=2)
    base = base_of({"b": ["c1"]}, [live("b"), ended], "r2", 2)
    lasting = second({"m": ["c1"], "n": ["c7"]}, base, "r3", 3)
    assert told(lasting) == [("n", "revived", None)]
    assert lasting.ids == [live("b", "m"), live("n")]
    assert told(second({"m": ["c1"], "n": ["c1"]}, base, "r3", 3)) == [("n", "revived", "b")]


def test_an_equal_birth_alone_keeps_an_id_and_is_the_least_of_claims() -> None:
    base = base_of({"b1": ["e1"]}, [live("b1", "n")])
    assert second({"n": ["e9"]}, base).of_birth == {"n": "b1"}
    assert second({"n": []}, base).of_birth == {"n": "b1"}
    lasting = second({"n": ["e9"], "m": ["e1"]}, base)
    assert lasting.of_birth == {"n": "n", "m": "b1"}
    assert told(lasting) == [("n", "created", None)]


def test_what_more_than_a_hundred_profiles_hold_counts_nowhere() -> None:
    for holders, kept in ((100, True), (101, False)):
        base = base_of({f"b{i:03d}": ["d1"] for i in range(holders)})
        lasting = second({"n": ["d1"]}, base)
        assert (lasting.of_birth["n"] == "b000") == kept
        changes = {change for _, change, _ in told(lasting)}
        assert changes == ({"merged"} if kept else {"gone", "created"})


def test_scopes_and_identities_that_do_not_link_make_no_claims() -> None:
    base = base_of({"b": ["c1"]})
    other = last(profiles({"n": ["c1"]}, "v"), This("r2", 2, LINK_ON), base)
    assert other.of_birth == {"n": "n"}
    unlinked = Base("r1", 1, listed({"b": ["c1"]}, linked=False), [live("b")])
    assert second({"n": ["c1"]}, unlinked).of_birth == {"n": "n"}


def test_a_base_without_ids_is_known_by_its_identities() -> None:
    base = Base("r1", 7, listed({"b1": ["c1"]}) + listed({"b2": ["d1"]}, linked=False), None)
    lasting = second({"n": ["c1"]}, base)
    assert lasting.ids == [
        live("b1", "n", born_at=7),
        row("b2", "gone", None, born_at=7, ended_run="r2", ended_at=2),
    ]


def test_what_is_erased_claims_follows_and_comes_back_never() -> None:
    follower = row("b0", "merged", "b1", ended_run="r1", ended_at=1)
    base = base_of({"b1": ["c1"], "b2": ["c2"]}, [follower, live("b1"), live("b2")])
    lasting = second({"b1": ["c1"], "b2": ["c2"]}, base, erased=["b1"])
    again = digest("again\0b1\0r1")
    assert lasting.of_birth == {"b1": again, "b2": "b2"}
    ended = row("b1", "erased", None, ended_run="r2", ended_at=2)
    assert lasting.ids[:2] == [follower | {"status": "erased", "current_id": None}, ended]
    assert sorted(told(lasting)) == sorted(
        [("b0", "erased", None), ("b1", "erased", None), (again, "created", None)]
    )
    figures = churn(base, lasting)
    assert (figures["erased"], figures["kept"], figures["created"]) == (1, 1, 1)
    backfill = second({"b1": ["c1"]}, None, "r3", 3, erased_rows=[ended])
    again = digest("again\0b1\0")
    assert backfill.of_birth == {"b1": again}
    assert told(backfill) == [(again, "created", None)]
    assert ended in backfill.ids


def test_churn_counts_ids_and_records_that_moved() -> None:
    base = base_of({"b1": ["c1"], "b2": ["c2"], "b3": ["c3"]})
    lasting = second({"n1": ["c1", "c2"], "n4": ["c4"]}, base)
    was = {"1": "b1", "2": "b2", "3": "b3", "4": None, "5": "b1"}
    now = {"1": "b1", "2": "b1", "3": None, "4": None, "6": "n4"}
    tables = [
        [
            {"source": "s", "record_id": i, "profile_id": p, "status": "assigned"}
            for i, p in side.items()
        ]
        for side in (was, now)
    ]
    tables[1].append({"source": "s", "record_id": "1", "profile_id": "x", "status": "duplicate"})
    figures = churn(base, lasting, *tables)
    counts = {"live_in_base": 3, "kept": 1, "merged": 1, "gone": 1, "erased": 0, "created": 1}
    rest = {"split": 0, "revived": 0, "records_in_both": 4, "moved_records": 2}
    assert figures == counts | rest
    assert ended_ids_share(figures) == 2 / 3
    assert moved_records_share(figures) == 0.5


def test_birth_ids_are_digests_keyed_or_not() -> None:
    key = ("identity", "default", "email", "a@b.de")
    assert birth_id(key) == digest("identity\0default\0email\0a@b.de")
    assert len(birth_id(key)) == 32
    assert birth_id(key, b"k" * 32) != birth_id(key)
