"""What holds of every run, whatever its policy: on random worlds with duplicates and bad lines."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.compare import configuration, write_records
from tests.oracle.random_worlds import DIRECT, TYPES, random_strategy, random_world
from tests.oracle.world import BAD, Record, Strategy
from tests.pipelines.running import Run, backfill

POLICIES = ("merge_all", "constrained_merge", "idsync", "demote_weakest", "no_guess")
WORLDS = 40
UNREADABLE = 3
READ_ONLY = ("search", "modify")  # such requests find a profile, their identities join nothing


@pytest.mark.parametrize("policy", POLICIES)
def test_limits_hold_records_add_up_and_no_identity_is_lost(policy: str, tmp_path: Path) -> None:
    worlds = {f"w{i:03d}": random_world(1000 + i, f"w{i:03d}") for i in range(WORLDS)}
    records = [record for world in worlds.values() for record in world]
    strategies = {f"s{i}": random_strategy(50 + i, policy) for i in range(6)}
    repeated = write_with_faults(tmp_path / "in", records)
    body = configuration(tmp_path / "in", list(worlds), strategies)
    for source in body["sources"].values():
        source["duplicates"] = "drop"
    run = backfill(tmp_path, body)
    assert len(run.quarantine()) == UNREADABLE
    for name, strategy in strategies.items():
        rows = run.rows("assignments", name)
        statuses = Counter(row["status"] for row in rows)
        assert statuses["duplicate"] == repeated
        assert set(statuses) <= {"assigned", "unassigned", "refused", "duplicate"}
        assert len(rows) == len(records) + repeated
        assert over_limits(run, name, strategy) == []
        assert lost_identities(run, name, policy, {r.key: r for r in records}) == []


def write_with_faults(folder: Path, records: list[Record]) -> int:
    """Write the records, every seventh a second time, and lines that can't be read."""
    write_records(folder, records)
    again = [record for record in records if record.source == "creates"][::7]
    lines = (folder / "creates-0.jsonl").read_text().splitlines(keepends=True)
    (folder / "creates-again.jsonl").write_text("".join(lines[::7]))
    bad = ["{\n", "[1, 2]\n", json.dumps({"id": None, "ts": "no time"}) + "\n"]
    (folder / "updates-bad.jsonl").write_text("".join(bad))
    return len(again)


def over_limits(run: Run, name: str, strategy: Strategy) -> list[Any]:
    """Profiles with more values than the strategy allows."""
    held: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    owners: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in run.rows("identities", name):
        if row["linked"]:
            held[row["profile_id"]][row["identity_type"]].add(row["identity_value"])
            owners[row["scope"], row["identity_type"], row["identity_value"]].add(row["profile_id"])
    params = strategy.params
    unique = set(params.get("unique", []))
    most = dict(params.get("max_values", {}))
    if strategy.policy == "demote_weakest":
        defaults = dict.fromkeys(strategy.link_on, 5) | {strategy.link_on[0]: 1}
        most = defaults | most
    if strategy.policy == "idsync":
        unique |= set(DIRECT) & set(strategy.link_on)
    if strategy.policy == "no_guess":
        unique = set()  # what two people contest meets in an anonymous profile
    most |= dict.fromkeys(unique, 1)
    over: list[Any] = [
        (profile, kind)
        for profile, kinds in held.items()
        for kind, values in kinds.items()
        if len(values) > most.get(kind, len(values))
    ]
    for profile, kinds in held.items():
        if sum(map(len, kinds.values())) > params.get("max_profile_values", 10**9):
            over.append((profile, "max_profile_values"))
        for group in params.get("exclusive", []):
            if sum(len(kinds[kind]) for kind in group) > 1:
                over.append((profile, group))
    if strategy.policy == "idsync":
        over += [key for key, by in owners.items() if key[1] in unique and len(by) > 1]
    if strategy.policy in ("merge_all", "constrained_merge", "demote_weakest"):
        over += [key for key, by in owners.items() if len(by) > 1]
    return over


def lost_identities(
    run: Run, name: str, policy: str, records: dict[tuple[str, str], Record]
) -> list[Any]:
    """Values of assigned records that no profile holds and no row explains.

    What only an updating source carried, its linkages dropped, is in no profile: the linkage says.
    What a `modify` took away again is nobody's.
    """
    listed = {
        (row["scope"], row["identity_type"], row["identity_value"])
        for row in run.rows("identities", name)
    }
    dropped = {
        (row["source"], row["record_id"], row["identity_type"], row["identity_value"])
        for row in run.rows("drops", name)
    }
    explained = {
        (row["scope"], row[f"{side}_type"], row[f"{side}_value"])
        for row in run.rows("linkages", name)
        for side in ("left", "right")
        if row["status"] == "dropped"
    }
    if policy == "idsync":
        explained |= {(r.scope, kind, old) for r in records.values() for kind, old, _ in r.changes}
    lost = []
    for row in run.rows("assignments", name):
        record = records.get((row["source"], row["record_id"]))
        if row["status"] != "assigned" or record is None:
            continue
        if policy == "idsync" and record.request in READ_ONLY:
            continue
        for kind, value in record.identities:
            identity = record.scope, kind, value
            if not (identity in listed | explained or (*record.key, kind, value) in dropped):
                lost.append((name, record.key, kind))
    return lost


def test_the_random_worlds_reach_every_type_and_junk() -> None:
    records = [r for i in range(WORLDS) for r in random_world(1000 + i, "w")]
    assert {kind for r in records for kind, _ in r.identities} == set(TYPES)
    assert any(BAD in (old, new) for r in records for _, old, new in r.changes)
