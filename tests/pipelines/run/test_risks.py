"""The table `risks` of every policy, against the tables that it is made of."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, backfill, write_config

LIMITS = {
    "many_identities": 4,
    "many_values": 2,
    "weak_bridge": 1,
    "busy_identity": 1,
    "dropped_linkages": 0,
}
STRATEGIES: dict[str, dict[str, Any]] = {
    "all": {"policy": "merge_all", "link_on": ["customer", "email", "device"]},
    "careful": {"policy": "constrained_merge", "unique": ["customer"]},
    "replay": {"policy": "idsync", "preset": "profile_conversion", "login": ["customer"]},
    "demoting": {"policy": "demote_weakest"},
    "fair": {"policy": "no_guess", "unique": ["customer"]},
}
Row = tuple[str, str, str, float, str | None]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("risks")
    draw = random.Random(5)
    kinds = {"customer": 9, "email": 14, "device": 9, "cookie": 20}
    rows = {kind: [draw.choice([None, f"{kind}{draw.randrange(n)}"]) for _ in range(90)]
            for kind, n in kinds.items()}  # fmt: skip
    table = pa.table({"id": [f"r{i:02}" for i in range(90)], "ts": list(range(90)), **rows})
    pq.write_table(table, folder / "in.parquet")
    source = {"path": "in.parquet", "record_id": "id", "time": {"column": "ts", "unit": "s"},
              "identities": {kind: kind for kind in kinds}}  # fmt: skip
    body = {"sources": {"web": source}, "identities": {key: {} for key in kinds},
            "strategies": STRATEGIES, "risks": LIMITS}  # fmt: skip
    return backfill(folder, body)


def by_definition(run: Run, strategy: str) -> set[Row]:
    rows: set[Row] = set()
    linkages = run.rows("linkages", strategy)
    held: dict[tuple[str, str], dict[tuple[str, str], bool]] = {}
    for row in run.rows("identities", strategy):
        identity = row["identity_type"], row["identity_value"]
        held.setdefault((row["profile_id"], row["scope"]), {})[identity] = row["linked"]
    for profile, listed in held.items():
        own = {identity for identity, linked in listed.items() if linked}
        inside, dropped = [], 0
        for row in linkages:
            ends = [(row[f"{side}_type"], row[f"{side}_value"]) for side in ("left", "right")]
            if row["status"] == "dropped":
                dropped += bool(own & set(ends))
            elif own >= set(ends):
                inside.append((*ends, row["record_count"]))
        if len(own) > LIMITS["many_identities"]:
            rows.add((*profile, "many_identities", len(own), None))
        for kind, count in Counter(kind for kind, _ in listed).items():
            if count > LIMITS["many_values"]:
                rows.add((*profile, "many_values", count, kind))
        if dropped > LIMITS["dropped_linkages"]:
            rows.add((*profile, "dropped_linkages", dropped, None))
        graph = nx.Graph((left, right) for left, right, _ in inside)
        for identity, degree in graph.degree:
            if degree > LIMITS["busy_identity"] and 2 * degree > len(inside):
                rows.add((*profile, "busy_identity", degree, identity[0]))
        for left, right, records in inside:
            graph.remove_edge(left, right)
            sizes = [len(nx.node_connected_component(graph, end)) for end in (left, right)]
            if not nx.has_path(graph, left, right) and records == 1:
                rows.add((*profile, "weak_bridge", min(sizes), f"{left[0]}, {right[0]}"))
            graph.add_edge(left, right)
    return rows


def test_risks_follow_from_identities_and_linkages_under_every_policy(run: Run) -> None:
    seen: set[str] = set()
    for strategy in STRATEGIES:
        rows = run.rows("risks", strategy)
        found = {tuple(row.values()) for row in rows}
        assert found == by_definition(run, strategy)
        counts = run.manifest["strategies"][strategy]["counts"]["risks"]
        assert counts["profiles"] == len({row["profile_id"] for row in rows})
        by_risk = {kind: {r["profile_id"] for r in rows if r["risk"] == kind} for kind in counts}
        assert {kind: len(of) for kind, of in by_risk.items() if kind != "profiles"} == {
            kind: n for kind, n in counts.items() if kind != "profiles"
        }
        seen |= {row["risk"] for row in rows}
    assert seen == set(LIMITS)


def test_too_many_risky_profiles_fail_a_run_that_has_no_such_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("r1", "a", "d"), ("r2", "b", "d"), ("r3", "c", "d"), ("r4", "z", "y")]
    columns = dict(zip(("id", "email", "device"), zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    source = {"path": "in.parquet", "record_id": "id",
              "identities": {"email": "email", "device": "device"}}  # fmt: skip
    body = {"sources": {"web": source}, "identities": {"email": {}, "device": {}},
            "strategies": {"all": {"policy": "merge_all"}}, "tables": ["assignments"],
            "risks": {"many_values": 2}, "checks": {"max_risky_profiles_share": 0.4}}  # fmt: skip
    config = write_config(tmp_path, body)
    assert main(["backfill", str(config), "--output", str(tmp_path / "out")]) == 3
    assert capsys.readouterr().err.splitlines()[-1] == (
        "checks.max_risky_profiles_share: 0.4: 1 of 2 profiles of strategy all are risky (0.5000); "
        "if that is right, launch again with --set checks.max_risky_profiles_share=…"
    )
    assert not (tmp_path / "out" / "current.json").exists()
