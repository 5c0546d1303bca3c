"""Strategies of some sources, and what a source's `where` filters."""

from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.run.test_values import Row, assigned, drops, write
from tests.pipelines.running import backfill


def of_two_sources(folder: Path) -> Row:
    """Web events that tie people to devices, and a CRM feed that would glue them."""
    write(folder, "web.jsonl", [
        {"id": "1", "customer": "c1", "device": "d1", "app": "shop"},
        {"id": "2", "customer": "c2", "device": "d2", "app": "shop"},
        {"id": "3", "device": "d1", "app": "shop"},
    ])  # fmt: skip
    write(folder, "crm.jsonl", [
        {"id": "1", "customer": "c1", "device": "d2", "app": "shop", "plan": "gold"},
        {"id": "2", "customer": "c3", "device": "d2", "app": "shop", "plan": "free"},
        {"id": "2", "customer": "c3", "device": "d2", "app": "shop", "plan": "free"},
        {"id": "3", "customer": "c3", "device": "d3", "app": "elsewhere", "plan": "free"},
        {"id": "4", "customer": ["c4", "c5", "null"], "app": "shop", "plan": "free"},
        {"id": "5", "app": "shop", "plan": "free"},
    ])  # fmt: skip
    common = {"record_id": "id", "workspace": {"column": "app"}}
    common["identities"] = {"customer": "customer", "device": "device"}
    return {
        "scopes": {"retail": ["shop"]},
        "sources": {
            "web": common | {"path": "../web.jsonl"},
            "crm": common | {"path": "../crm.jsonl", "kind": "crm", "attributes": {"plan": "plan"}},
        },
        "identities": {"customer": {}, "device": {}},
        "max_identities_per_record": 1_000,
    }


NOT_USED = [
    ("crm", "1", "unassigned", "source_not_used", None),
    ("crm", "2", "duplicate", None, None),
    ("crm", "2", "unassigned", "source_not_used", None),
    ("crm", "3", "unassigned", "unknown_workspace", None),
    ("crm", "4", "unassigned", "source_not_used", None),
    ("crm", "5", "unassigned", "source_not_used", None),
]


WEB = [
    ("web", "1", "assigned", None, 0),
    ("web", "2", "assigned", None, 1),
    ("web", "3", "assigned", None, 0),
]


POLICIES: dict[str, Row] = {
    "merged": {"policy": "merge_all"},
    "constrained": {"policy": "constrained_merge", "unique": ["customer"]},
    "replayed": {"policy": "idsync", "preset": "best_match"},
    "demoted": {"policy": "demote_weakest"},
    "guarded": {"policy": "no_guess", "unique": ["customer"]},
}


def by_id(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: row[:3])


@pytest.mark.parametrize("tables", [None, ["assignments", "identities", "drops"]])
def test_records_of_other_sources_take_no_part(tables: list[str] | None, tmp_path: Path) -> None:
    body = of_two_sources(tmp_path)
    body["strategies"] = {
        name: keys | {"sources": ["web"]} for name, keys in POLICIES.items()
    }  # fmt: skip
    body["strategies"]["everything"] = {"policy": "merge_all", "sources": ["crm", "web"]}
    run = backfill(tmp_path / "run", body | ({"tables": tables} if tables else {}))
    for name in POLICIES:
        assert by_id(assigned(run, name)) == NOT_USED + WEB
        identities = [(r["identity_type"], r["identity_value"], r["record_count"])
                      for r in run.rows("identities", name)]  # fmt: skip
        assert sorted(identities) == [
            ("customer", "c1", 1),
            ("customer", "c2", 1),
            ("device", "d1", 2),
            ("device", "d2", 1),
        ]
        assert drops(run, name) == [("4", "customer", "null", "blocked")]
        counts = run.manifest["strategies"][name]["counts"]["records"]["crm"]
        assert counts == {
            "duplicate": {"no_reason": 1},
            "unassigned": {"source_not_used": 4, "unknown_workspace": 1},
        }
    together = by_id(assigned(run, "everything"))
    assert [row[4] for row in together if row[0] == "web"] == [0, 0, 0]


def test_records_of_other_sources_do_not_count_for_hubs(tmp_path: Path) -> None:
    body = of_two_sources(tmp_path)
    hub = {"hubs": [{"type": "device", "linked_type": "customer", "more_than": 1}]}
    body["strategies"] = {
        "web_only": {"policy": "merge_all", "sources": ["web"]} | hub,
        "both": {"policy": "merge_all"} | hub,
    }
    run = backfill(tmp_path / "run", body)
    assert by_id(assigned(run, "web_only")) == NOT_USED + WEB
    assert ("1", "device", "d2", "hub") not in drops(run, "web_only")
    assert [row for row in drops(run, "both") if row[3] == "hub"] == [
        ("1", "device", "d2", "hub"),
        ("2", "device", "d2", "hub"),
        ("2", "device", "d2", "hub"),
    ]


def test_a_strategy_of_an_updating_source_alone_creates_nothing(tmp_path: Path) -> None:
    body = of_two_sources(tmp_path)
    body["sources"]["crm"]["create"] = False
    body["strategies"] = {
        "crm_only": {"policy": "merge_all", "sources": ["crm"]},
        "web_only": {"policy": "merge_all", "sources": ["web"]},
    }
    run = backfill(tmp_path / "run", body | {"tables": ["assignments", "identities"]})
    statuses = {row[2:4] for row in assigned(run, "crm_only") if row[0] == "web"}
    assert statuses == {("unassigned", "source_not_used")}
    crm = [row[2:] for row in by_id(assigned(run, "crm_only")) if row[:2] == ("crm", "1")]
    assert crm == [("unassigned", "update_only", None)]
    assert run.rows("identities", "crm_only") == []
    assert by_id(assigned(run, "web_only")) == NOT_USED + WEB


def test_the_verdicts_come_in_their_order(tmp_path: Path) -> None:
    many = [f"e{i}" for i in range(5)]
    rows = [
        {"id": "a", "customer": ["c", "d"], "email": many, "app": "x", "action": "search"},
        {"id": "a", "customer": ["c", "d"], "email": many, "app": "x", "action": "search"},
        {"id": "b", "customer": ["c", "d"], "email": many, "app": "shop", "action": "search"},
        {"id": "c", "customer": ["null"], "email": [], "app": "shop", "action": "search"},
        {"id": "d", "customer": ["c", "d"], "email": [], "app": "shop", "action": "search"},
        {"id": "e", "customer": ["c", "d"], "email": [], "app": "shop", "action": "login"},
        {"id": "f", "customer": ["c"], "email": [], "app": "shop", "action": "login"},
    ]
    for name in ("in", "other"):
        write(tmp_path, f"{name}.jsonl", rows)
    source = {"record_id": "id", "workspace": {"column": "app"}, "request": {"column": "action"}}
    source["identities"] = {"customer": "customer", "email": "email"}
    body = {
        "scopes": {"retail": ["shop"]},
        "sources": {n: source | {"path": f"../{n}.jsonl"} for n in ("in", "other")},
        "identities": {"customer": {}, "email": {}},
        "strategies": {
            "one": {"policy": "constrained_merge", "unique": ["customer"], "sources": ["in"]}
        },
        "max_identities_per_record": 4,
    }
    run = backfill(tmp_path / "run", body)
    verdicts = {
        "a": ("unassigned", "unknown_workspace"),
        "b": ("refused", "too_many_identities"),
        "c": ("unassigned", "no_identity"),
        "d": ("unassigned", "request_not_used"),
        "e": ("refused", "two_values_of_unique_type"),
        "f": ("assigned", None),
    }
    found = by_id(assigned(run, "one"))
    right = [("in", "a", "duplicate", None)]
    right += [("in", key, *verdict) for key, verdict in verdicts.items()]
    right += [("other", "a", "duplicate", None), ("other", "a", *verdicts["a"])]
    right += [("other", key, "unassigned", "source_not_used") for key in "bcdef"]
    assert [row[:4] for row in found] == by_id(right)


def test_filtered_records_are_counted_and_have_no_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[Row] = [
        {"id": "1", "type": "track", "who": "a", "ts": "2026-01-01"},
        {"id": "2", "type": "page", "who": "a", "ts": "no time"},
        {"id": "3", "type": "identify", "who": "a", "ts": "2025-01-01"},
        {"id": "4", "type": "track", "who": "a", "ts": "no time"},
        {"id": "5", "who": "a", "ts": "2026-01-01"},
    ]
    write(tmp_path, "in.jsonl", rows)
    source = {"path": "../in.jsonl", "record_id": "id", "time": "ts"}
    source |= {"where": {"type": ["track", "identify"]}, "identities": {"who": "who"}}
    body = {"sources": {"log": source}, "identities": {"who": {}}}
    body["strategies"] = {"one": {"policy": "merge_all"}}
    run = backfill(tmp_path / "run", body, "--from", "2026-01-01")
    assert assigned(run, "one") == [("log", "1", "assigned", None, 0)]
    assert [(r["position"], r["reason"]) for r in run.quarantine()] == [(3, "unreadable_time")]
    assert run.manifest["sources"]["records"] == {
        "log": {"read": 2, "outside": 1, "filtered": 2, "quarantined": 1}
    }
    told = capsys.readouterr().err
    line = "5 records: 1 read, 1 outside the time bounds, 2 filtered by `where`, 1 quarantined"
    assert line in told
