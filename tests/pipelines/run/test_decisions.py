"""One run with decisions of all kinds: what stands in every table."""

import json
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, backfill

RECORDS = [
    {"id": "r1", "ts": "2026-01-01", "who": "b", "mail": "m1", "plan": "x"},
    {"id": "r2", "ts": "2026-01-02", "who": "a", "mail": "m2"},
    {"id": "r3", "ts": "2026-01-03", "who": "c", "phone": "5", "extra": "e"},
    {"id": "r4", "ts": "2026-01-04", "mail": "m3", "phone": "5", "who": "d"},
    {"id": "r5", "ts": "2026-01-05", "mail": "m4"},
    {"id": "r6", "ts": "2026-01-06", "who": "f", "mail": "m5"},
    {"id": "r7", "ts": "2026-01-07", "phone": "6"},
]


def decision(of: str, action: str, left: str, right: str, **more: str) -> dict[str, str]:
    """A row; sides are TYPE:VALUE."""
    sides = [*left.split(":"), *right.split(":")]
    names = ("left_type", "left_value", "right_type", "right_value")
    row = {"id": of, "action": action, "decided_at": "2026-03-01"}
    return row | dict(zip(names, sides, strict=True)) | more


DECISIONS = [
    decision("d1", "together", "who:b", "who:a", reason="married"),
    decision("d2", "apart", "who:c", "who:d"),
    decision("d3", "together", "mail:m4", "phone:6"),
    decision("d4", "together", "who:nobody", "phone:6"),
    decision("d5", "apart", "who:f", "mail:m5", strategy="merged"),
    decision("d6", "together", "who:c", "mail:m3"),
    {"id": "d6", "action": "revoke", "decided_at": "2026-03-02"},
]


def configuration(folder: Path) -> dict[str, Any]:
    """Three strategies over the records."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("in", RECORDS), ("decisions", DECISIONS)):
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    types = ("who", "mail", "phone", "extra")
    return {
        "sources": {
            "web": {
                "path": "in.jsonl",
                "record_id": "id",
                "time": "ts",
                "identities": {kind: kind for kind in types},
                "attributes": {"plan": "plan"},
            }
        },
        "identities": {kind: {} for kind in types},
        "strategies": {
            "merged": {"policy": "merge_all", "link_on": ["who", "mail", "phone"]},
            "unguessed": {"policy": "no_guess", "link_on": ["who", "mail", "phone"],
                          "unique": ["who"]},
            "alone": {"policy": "constrained_merge", "link_on": ["who", "mail", "phone"],
                      "max_profile_values": 1},
        },
        "platforms": {
            "ads": {"strategy": "merged", "identities": {"who": {"pick": "all"}}},
            "calls": {"strategy": "alone", "identities": {"phone": {"normalise": "google"}}},
        },
        "decisions": "decisions.jsonl",
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("decisions")
    return backfill(folder, configuration(folder), "--run-id", "one")


def profiles(run: Run, strategy: str) -> list[str]:
    """What each profile lists, with the records that carry it."""
    listed: dict[str, list[str]] = {}
    for row in run.rows("identities", strategy):
        text = f"{row['identity_value']}{'' if row['linked'] else '?'}:{row['record_count']}"
        listed.setdefault(row["profile_id"], []).append(text)
    return sorted(" ".join(sorted(own)) for own in listed.values())


def test_tied_values_are_one_and_listed_as_they_were_read(run: Run) -> None:
    # a stands for b; d keeps the telephone; f and m5 are apart in `merged` alone
    others = ["a:2 b:1 m1:1 m2:1", "c:1 e?:1", "5:1 d:1 m3:1", "6:1 m4:1"]
    assert profiles(run, "merged") == sorted([*others, "f:1"])
    (platform,) = [row for row in run.rows("platforms", "ads") if len(row["who"]) > 1]
    assert sorted(platform["who"]) == ["a", "b"]
    counts = {row["identity_count"]: row["record_count"] for row in run.rows("profiles", "merged")}
    assert counts[4] == 2


def test_what_people_link_is_in_observations_and_linkages_alone(run: Run) -> None:
    for strategy in ("merged", "unguessed"):
        made = [row for row in run.rows("observations", strategy) if row["source"] == "decisions"]
        (row,) = made
        assert (row["record_id"], row["event_time"], row["request"]) == ("d3", None, "identify")
        assert [pair["value"] for pair in row["identities"]] == ["m4", "6"]
        (link,) = [r for r in run.rows("linkages", strategy) if r["right_value"] == "6"]
        assert (link["first_source"], link["first_record_id"]) == ("decisions", "d3")
        assert (link["record_count"], link["first_seen"], link["status"]) == (0, None, "kept")
        records = {row["record_id"] for row in run.rows("assignments", strategy)}
        assert records == {f"r{number}" for number in range(1, 8)}
    assert "decisions" not in run.manifest["sources"]["records"]
    assert run.manifest["sources"]["records"]["web"]["read"] == 7


def test_what_is_apart_is_left_out_of_a_record_and_of_a_profile(run: Run) -> None:
    dropped = [
        (r["record_id"], r["identity_value"], r["rule"]) for r in run.rows("drops", "merged")
    ]
    assert dropped == [("r6", "m5", "apart")]
    links = [(r["left_value"], r["right_value"], r["rule"]) for r in run.rows("linkages", "merged")
             if r["status"] == "dropped"]  # fmt: skip
    assert links == [("c", "5", "apart")]
    assert "f:1 m5:1" in profiles(run, "unguessed")


def test_every_decision_that_counts_has_an_outcome(run: Run) -> None:
    told = {
        strategy: [
            (row["id"], row["scope"], row["outcome"]) for row in run.rows("decisions", strategy)
        ]
        for strategy in ("merged", "unguessed")
    }
    common = [
        ("d1", "default", "holds"),
        ("d2", "default", "holds"),
        ("d3", "default", "holds"),
        ("d4", None, "no_effect"),
    ]
    assert told == {"merged": [*common, ("d5", "default", "holds")], "unguessed": common}
    counted = {name: run.manifest["strategies"][name]["decisions"] for name in told}
    assert counted == {
        "merged": {"holds": 4, "no_effect": 1},
        "unguessed": {"holds": 3, "no_effect": 1},
    }
    (first,) = [row for row in run.rows("decisions", "merged") if row["id"] == "d1"]
    assert (first["action"], first["left_value"], first["reason"]) == ("together", "b", "married")


def test_only_a_limit_overrules_what_people_link(run: Run) -> None:
    outcomes = {row["id"]: row["outcome"] for row in run.rows("decisions", "alone")}
    assert outcomes == {"d1": "holds", "d2": "holds", "d3": "overruled", "d4": "no_effect"}
    rules = {r["rule"] for r in run.rows("linkages", "alone") if r["first_source"] == "decisions"}
    assert rules == {"max_profile_values"}


def test_what_a_platform_refuses_of_a_profile_without_records_is_told_of_a_record(run: Run) -> None:
    told = [(row["record_id"], row["identity_value"]) for row in run.rows("drops", "alone")]
    assert sorted(told) == [("r3", "5"), ("r7", "6")]


def test_other_decisions_are_another_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run.folder.parents[2]
    again = ["backfill", str(folder / "idweave.yaml"), "--output", str(folder / "out")]
    assert main([*again, "--run-id", "one"]) == 0
    (folder / "decisions.jsonl").write_text(json.dumps(DECISIONS[0]) + "\n")
    assert main([*again, "--run-id", "one"]) == 1
    assert "one: published already, from other inputs;" in capsys.readouterr().err
    (folder / "decisions.jsonl").write_text(json.dumps(DECISIONS[0] | {"left_value": "null"}))
    assert main([*again, "--run-id", "two"]) == 2
    assert "decisions.jsonl: row 1: left_value: fails the tests" in capsys.readouterr().err
