"""What must hold of every random chain, as the plain reading plays it."""

from collections import Counter

import pytest

from tests.oracle.changes import apply
from tests.oracle.decisions import Decision
from tests.oracle.expect import expect
from tests.oracle.play import Played, play
from tests.oracle.random_chains import POLICIES, random_chain, random_records
from tests.oracle.random_worlds import VALUES, random_strategy, random_world
from tests.oracle.world import Expected, Key, Record, RecordKey, holds_both

CHAINS = 60
NEW = ("created", "split")


@pytest.fixture(scope="module", params=POLICIES)
def chains(request: pytest.FixtureRequest) -> list[list[Played]]:
    """Chains of one policy, in one scope or two."""
    scopes = [("w",), ("v", "w")]
    return [
        play(random_chain(seed, request.param, scopes=scopes[seed % 2]), "s0")
        for seed in range(CHAINS)
    ]


def runs_with_base(chains: list[list[Played]]) -> list[tuple[Played, Played]]:
    return [(chain[r.step.base], r) for chain in chains for r in chain if r.step.base is not None]


def test_every_profile_has_an_id_of_its_own_and_one_hop_ends_at_it(
    chains: list[list[Played]],
) -> None:
    for run in (run for chain in chains for run in chain):
        ids = {row["profile_id"]: row for row in run.lasting.ids}
        live = {i for i, row in ids.items() if row["status"] == "live"}
        assert len(ids) == len(run.lasting.ids)
        assert sorted(live) == sorted(run.lasting.of_birth.values())
        assert live == {row["profile_id"] for row in run.tables["profiles"]}
        for row in ids.values():
            assert (row["current_id"] in live) == (row["status"] in ("live", "merged"))
            assert (row["ended_run"] is None) == (row["status"] == "live")


def test_no_id_is_forgotten_and_churn_adds_up(chains: list[list[Played]]) -> None:
    for base, run in runs_with_base(chains):
        before = {row["profile_id"] for row in base.lasting.ids}
        now = {row["profile_id"] for row in run.lasting.ids}
        new = {r["profile_id"] for r in run.lasting.id_changes if r["change"] in NEW}
        assert before <= now
        assert now - before == new
        figures = run.churn
        assert figures is not None
        ended = figures["merged"] + figures["gone"] + figures["erased"]
        assert figures["live_in_base"] == figures["kept"] + ended
        born = figures["created"] + figures["split"] + figures["revived"]
        assert len(run.lasting.of_birth) == figures["kept"] + born


def test_changes_make_this_run_of_its_base(chains: list[list[Played]]) -> None:
    for base, run in runs_with_base(chains):
        for table, told in run.changes.items():
            assert told is not None
            after = apply(table, base.tables[table], told)
            assert sorted(map(repr, after)) == sorted(map(repr, run.tables[table]))


def test_no_profile_holds_what_is_apart(chains: list[list[Played]]) -> None:
    for run in (run for chain in chains for run in chain):
        for key, held in run.expected.held.items():
            assert not holds_both(held, run.expected.aparts.get(key[1], frozenset()))
        outcomes = {(row["action"], row["outcome"]) for row in run.tables["decisions"]}
        assert ("apart", "overruled") not in outcomes


def test_the_same_data_and_rules_change_no_id(chains: list[list[Played]]) -> None:
    for chain in chains[:20]:
        last = chain[-1].step
        again = [last._replace(base=None), last._replace(run_id="again", base=0)]
        run = play(again, "s0")[1]
        assert run.lasting.id_changes == []
        assert set(map(repr, run.changes.values())) == {"[]"}


def test_chains_reach_every_change_and_outcome(chains: list[list[Played]]) -> None:
    runs = [run for chain in chains for run in chain]
    changes = Counter(row["change"] for run in runs for row in run.lasting.id_changes)
    assert set(changes) == {"created", "split", "revived", "merged", "gone"}
    outcomes = {(r["action"], r["outcome"]) for run in runs for r in run.tables["decisions"]}
    assert len(outcomes) == 5
    rules = {key[-1] for run in runs for key in run.expected.drops}
    assert "apart" in rules
    assert {run.step.base for chain in chains for run in chain[2:]} == {0, 1}


def _partition(expected: Expected) -> set[frozenset[RecordKey]]:
    by_key: dict[Key, set[RecordKey]] = {}
    for record, (key, _, _) in expected.assignments.items():
        if key is not None:
            by_key.setdefault(key, set()).add(record)
    return {frozenset(records) for records in by_key.values()}


@pytest.mark.parametrize("policy", POLICIES)
def test_tied_values_are_as_if_they_had_been_read_as_one(policy: str) -> None:
    for seed in range(CHAINS):
        strategy = random_strategy(seed, policy)
        kind = strategy.link_on[seed % len(strategy.link_on)]
        small, *others = sorted(VALUES[kind])
        rows = [
            Decision(f"d{value}", "together", (kind, small), (kind, value), 1) for value in others
        ]
        world = random_world(seed, "w")
        renamed = [_renamed(record, kind, small) for record in world]
        got, want = expect(world, strategy, rows), expect(renamed, strategy)
        assert (got.assignments, got.held) == (want.assignments, want.held)
        assert (got.drops, got.dropped_links) == (want.drops, want.dropped_links)


def _renamed(record: Record, kind: str, value: str) -> Record:
    own = {(k, value if k == kind else v) for k, v in record.identities}
    changes = tuple(
        (k, *(value if k == kind and v and v in VALUES[k] else v for v in values))
        for k, *values in record.changes
    )
    return record._replace(identities=tuple(sorted(own)), changes=changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["merge_all", "idsync", "demote_weakest", "no_guess"])
def test_two_types_together_are_as_a_first_record_with_both(policy: str) -> None:
    for seed in range(CHAINS):
        strategy = random_strategy(seed, policy)
        world = random_world(seed, "w")
        carried = {i for record in world for i in record.identities}
        left, right = ((kind, VALUES[kind][0]) for kind in strategy.link_on[:2])
        rows = [Decision("d", "together", left, right, 1)]
        first = Record("a", "d", None, "w", "identify", True, (left, right))
        if {left, right} <= carried:
            got, want = expect(world, strategy, rows), expect([first, *world], strategy)
            expected = {part - {first.key} for part in _partition(want)} - {frozenset()}
            assert _partition(got) == expected


def test_records_come_late_get_lost_and_change() -> None:
    seen = Counter[str]()
    for seed in range(CHAINS):
        for before, now in zip(*[random_records(seed, "w")[i:] for i in (0, 1)], strict=False):
            was, new = ({record.key: record for record in run} for run in (before, now))
            seen["late"] += len(new.keys() - was.keys())
            seen["lost"] += len(was.keys() - new.keys())
            seen["changed"] += sum(was[key] != new[key] for key in was.keys() & new.keys())
    assert min(seen[what] for what in ("late", "lost", "changed")) > CHAINS
