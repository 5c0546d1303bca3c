"""The closing summary and what it reads of the manifest: numbers that add up."""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.run import summary
from tests.pipelines.running import Run, backfill

ROWS: list[dict[str, Any]] = [
    {"id": "r1", "n": 1, "user": {"id": "c1"}, "email": "a@x.com", "plan_code": "gold"},
    {"id": "r2", "n": 2, "user": {"id": "c1"}, "email": "null", "plan_code": "silver"},
    {"id": "r2", "n": 2, "user": {"id": "c1"}, "email": "null", "plan_code": "silver"},
    {"id": "r3", "n": 3, "user": {"id": "c3"}, "phone": "12", "plan_code": "gold"},
    {"id": "r4", "n": 4},
    {"id": "r5", "n": 90, "user": {"id": "c9"}},
    {"n": 5, "user": {"id": "c4"}},
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    """A run over records of every fate, and the lines of its summary."""
    folder = tmp_path_factory.mktemp("summary")
    lines = [*(json.dumps(row) for row in ROWS), "no JSON"]
    (folder / "web.jsonl").write_text("\n".join(lines))
    (folder / "crm.jsonl").write_text("")
    web = {
        "path": "web.jsonl",
        "record_id": "id",
        "time": {"column": "n", "unit": "s"},
        "identities": {
            "customer_id": "user.id",
            "email": ["email", "mail"],
            "phone": "phone",
            "plan_code": "plan_code",
            "device_id": "device.dd",
        },
        "attributes": {"dd": "device.dd"},
    }
    crm = {"path": "crm.jsonl", "kind": "crm", "identities": {"email": "email"}}
    body = {
        "sources": {"web": web, "crm": crm},
        "identities": {kind: {} for kind in web["identities"]},  # type: ignore[attr-defined]
        "strategies": {
            "wide": {"policy": "merge_all", "link_on": ["customer_id", "email", "phone"]},
            "empty": {"policy": "merge_all", "link_on": ["device_id"]},
        },
        "platforms": {
            "ads": {
                "strategy": "wide",
                "identities": {
                    "email": {"as": "hashed_email", "normalise": "google", "encoding": "sha256"},
                    "phone": {
                        "as": "hashed_phone",
                        "normalise": "google",
                        "region": "US",
                        "encoding": "sha256",
                    },
                },
            }
        },
        "checks": {"max_profile_identities": 4},
    }
    log = io.StringIO()
    with contextlib.redirect_stderr(log):
        run = backfill(folder, body, "--until", "1970-01-01T00:01:00Z")
    return run, [line for line in log.getvalue().splitlines() if "kernels" not in line]


def test_every_line_of_the_summary_adds_up(told: tuple[Run, list[str]]) -> None:
    assert told[1][0] == "reading 2 splits for 2 graphs of linkages"
    lines = told[1][told[1].index("source crm: 0 records: 0 read") - 4 :]
    nobody = "no profile has an identity of type device_id: is its column the right one?"
    assert lines.pop() == f"warning: {nobody}"
    assert re.fullmatch(r"8 records in \d+\.\d s", lines.pop())
    assert re.fullmatch(
        r"1 batch, \d+\.\d MB shuffled, the largest component has \d linked identities", lines.pop()
    )
    assert lines == [
        "source web: 8 records: 5 read, 1 outside the time bounds, "
        "2 quarantined (1 no_record_id, 1 not_json)",
        "  values left out, under every strategy: 2 blocked",
        "  warning: source web: no record has `device.dd` (identities.device_id, attributes.dd)",
        "  warning: source web: no record has `mail` (identities.email)",
        "source crm: 0 records: 0 read",
        "all sources: 8 records: 5 read, 1 outside the time bounds, "
        "2 quarantined (1 no_record_id, 1 not_json)",
        "strategy wide: 2 profiles, the largest has 4 identities",
        "  5 records: 3 assigned, 1 unassigned (1 no_identity), 1 duplicate",
        "strategy empty: 0 profiles",
        "  5 records: 4 unassigned (4 no_identity), 1 duplicate",
        "platform ads, of strategy wide: 1 row, 1 profile left out (1 require), "
        "1 value not normalisable",
    ]


def test_a_source_without_records_is_in_the_manifest_with_zeros(
    told: tuple[Run, list[str]],
) -> None:
    assert told[0].manifest["sources"]["records"] == {
        "crm": {"filtered": 0, "outside": 0, "quarantined": 0, "read": 0},
        "web": {"filtered": 0, "outside": 1, "quarantined": 2, "read": 6},
    }


def test_columns_that_no_record_has_are_in_the_manifest(told: tuple[Run, list[str]]) -> None:
    assert told[0].manifest["sources"]["columns_no_record_has"] == {
        "web": {
            "device.dd": ["identities.device_id", "attributes.dd"],
            "mail": ["identities.email"],
        }
    }


def test_the_largest_profile_is_the_largest_identity_count(told: tuple[Run, list[str]]) -> None:
    run = told[0]
    counted = {row["identity_count"] for row in run.rows("profiles", "wide")}
    assert max(counted) == 4  # c1, a@x.com, and two that are not linked
    assert run.manifest["strategies"]["wide"]["counts"]["largest_profile"] == 4


def test_a_record_id_that_no_record_has_is_told_though_all_are_quarantined(
    tmp_path: Path,
) -> None:
    (tmp_path / "web.jsonl").write_text('{"who": "a"}\n{"who": "b"}\n')
    source = {"path": "web.jsonl", "record_id": "key", "identities": {"who": "who"}}
    body = {
        "sources": {"web": source | {"allow_unreadable": True}},
        "identities": {"who": {}},
        "strategies": {"one": {"policy": "merge_all"}},
        "tables": ["assignments", "identities"],
    }
    run = backfill(tmp_path, body)
    assert run.manifest["sources"]["columns_no_record_has"] == {"web": {"key": ["record_id"]}}


def test_a_rate_is_told_of_a_thousand_records_and_more() -> None:
    manifest = {
        "sources": {"records": {"web": {"read": 1_000, "outside": 0, "quarantined": 0}}},
        "metrics": {},
        "started_at": "2026-01-01T00:00:00+00:00",
        "ended_at": "2026-01-01T00:00:02+00:00",
    }
    assert list(summary._run(manifest))[-1] == "1,000 records in 2.0 s (500 a second)"
    manifest["sources"]["records"]["web"]["read"] = 999  # type: ignore[index]
    assert list(summary._run(manifest))[-1] == "999 records in 2.0 s"


def test_a_strategy_without_records_has_nothing_to_break_down() -> None:
    assert summary._statuses({"web": {"assigned": {"no_reason": 0}}}) == "0 records"
    one = {"web": {"assigned": {"no_reason": 1}}, "crm": {"refused": {"two": 2}}}
    assert summary._statuses(one) == "3 records: 1 assigned, 2 refused (2 two)"
