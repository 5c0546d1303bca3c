"""What the configuration makes of values, records and sources, as whole rows of a run's tables."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, backfill, write_config

Row = dict[str, Any]


def write(folder: Path, name: str, rows: list[Row]) -> None:
    """JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def assigned(run: Run, strategy: str) -> list[tuple[Any, ...]]:
    """Source, id, status, reason and the number of the profile, by its first record."""
    numbers: dict[str, int] = {}
    found = []
    for row in sorted(
        run.rows("assignments", strategy), key=lambda r: (r["source"], r["record_id"])
    ):
        profile = row["profile_id"]
        number = None if profile is None else numbers.setdefault(profile, len(numbers))
        found.append((row["source"], row["record_id"], row["status"], row["reason"], number))
    return found


def drops(run: Run, strategy: str) -> list[tuple[Any, ...]]:
    """Record id, type, value and rule of each dropped value, sorted."""
    keys = ("record_id", "identity_type", "identity_value", "rule")
    return sorted(tuple(row[key] for key in keys) for row in run.rows("drops", strategy))


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


def test_decimal_zeros_and_nan_glue_nobody(tmp_path: Path) -> None:
    nan = float("nan")
    table = pa.table(
        {
            "id": pa.array([1.0, 2.0, nan, nan, 5.0]),
            "uid": pa.array([Decimal(0)] * 3 + [Decimal("1.5"), Decimal("1.50")],
                            pa.decimal128(38, 9)),
            "email": ["a", "b", "c", "d", "e"],
            "score": pa.array([0.5, nan, 1.0, nan, float("inf")]),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    source = {"path": "../in.parquet", "record_id": "id", "attributes": {"score": "score"}}
    source["identities"] = {"uid": "uid", "email": "email"}
    body = {"sources": {"log": source}, "identities": {"uid": {}, "email": {}}}
    body["strategies"] = {"one": {"policy": "merge_all"}}
    run = backfill(tmp_path / "run", body)
    assert assigned(run, "one") == [
        ("log", "1", "assigned", None, 0),
        ("log", "2", "assigned", None, 1),
        ("log", "5", "assigned", None, 2),
    ]
    assert drops(run, "one") == [("1", "uid", "0", "blocked"), ("2", "uid", "0", "blocked")]
    assert [(r["position"], r["reason"]) for r in run.quarantine()] == [
        (2, "no_record_id"),
        (3, "no_record_id"),
    ]
    scores = {r["score"] for r in run.rows("profiles", "one")}
    assert scores == {0.5, None}
    uids = {
        r["identity_value"] for r in run.rows("identities", "one") if r["identity_type"] == "uid"
    }
    assert uids == {"1.5"}


STAMP = dt.datetime(2026, 1, 1)
NO_TIMES = {
    "int64": pa.array([1_767_225_600]),
    "double": pa.array([1_767_225_600.5]),
    "decimal128(12, 0)": pa.array([Decimal(1_767_225_600)], pa.decimal128(12, 0)),
    "bool": pa.array([True]),
    "list<element: timestamp[us]>": pa.array([[STAMP]], pa.list_(pa.timestamp("us"))),
    "time64[us]": pa.array([dt.time(1)], pa.time64("us")),
}


@pytest.mark.parametrize("kind", NO_TIMES)
@pytest.mark.parametrize("command", ["validate", "backfill"])
def test_a_time_column_of_no_times_is_an_error_before_anything_runs(
    kind: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.parquet"
    nested = pa.StructArray.from_arrays([NO_TIMES[kind]], ["ts"])
    pq.write_table(pa.table({"id": ["1"], "who": ["a"], "at": nested}), path)
    source = {
        "path": "in.parquet",
        "record_id": "id",
        "time": "at.ts",
        "identities": {"who": "who"},
    }
    body = {"sources": {"log": source}, "identities": {"who": {}}}
    body["strategies"] = {"one": {"policy": "merge_all"}}
    config = write_config(tmp_path, body)
    out = tmp_path / "out"
    options = ["--output", str(out)] if command == "backfill" else []
    assert main([command, str(config), *options]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    number = kind.startswith(("int", "double", "decimal"))
    assert f"sources.log.time: at.ts: {kind} in {path}" in line
    assert ("unit: s" in line) == number
    assert not (out / "runs").exists()


def test_times_of_numbers_with_a_unit_or_a_format_are_read(tmp_path: Path) -> None:
    day = pa.array([20260131], pa.int32())
    table = pa.table({"id": ["1"], "who": ["a"], "s": pa.array([1_767_225_600.25]), "day": day})
    pq.write_table(table, tmp_path / "in.parquet")
    common = {"path": "../in.parquet", "record_id": "id", "identities": {"who": "who"}}
    times: dict[str, Row] = {
        "by_unit": {"column": "s", "unit": "s"},
        "by_format": {"column": "day", "format": "%Y%m%d", "zone": "America/New_York"},
        "constant": {"constant": "2026-02-01T00:00:00+01:00"},
    }
    body = {"sources": {name: common | {"time": time} for name, time in times.items()}}
    body |= {"identities": {"who": {}}, "strategies": {"one": {"policy": "merge_all"}}}
    run = backfill(tmp_path / "run", body)
    found = {r["source"]: r["event_time"].isoformat() for r in run.rows("assignments", "one")}
    assert found == {
        "by_unit": "2026-01-01T00:00:00.250000+00:00",
        "by_format": "2026-01-31T05:00:00+00:00",
        "constant": "2026-01-31T23:00:00+00:00",
    }


def test_attributes_keep_their_type_and_what_no_column_can_hold_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nan, utc = float("nan"), dt.UTC
    columns = {
        "us": pa.array([2**62, 0, None], pa.timestamp("us")),
        "ns": pa.array([2**63 - 1, -(2**63) + 1, None], pa.timestamp("ns", "Europe/Berlin")),
        "ms": pa.array([2**53, 253_402_300_799, None], pa.timestamp("ms")),
        "day": pa.array([2**31 - 1, -719_162, None], pa.int32()).cast(pa.date32()),
        "big": pa.array([2**64 - 1, 0, None], pa.uint64()),
        "amount": pa.array([Decimal("1.50"), Decimal(0), None], pa.decimal128(38, 9)),
        "score": pa.array([0.1, float("inf"), nan], pa.float32()),
        "live": pa.array([True, False, None]),
        "list": pa.array([[0.5, nan], [], None]),
    }
    table = pa.table({"id": ["1", "2", "3"], "who": ["a", "b", "c"]} | columns)
    table = table.append_column("a.b", pa.array([1, 2, None], pa.int8()))
    pq.write_table(table, tmp_path / "in.parquet")
    names = [*columns, "dotted"]
    source = {"path": "../in.parquet", "record_id": "id", "identities": {"who": "who"}}
    source["attributes"] = {name: name for name in columns} | {"dotted": "a.b"}
    body = {"sources": {"log": source}, "identities": {"who": {}}}
    body["strategies"] = {"one": {"policy": "merge_all"}}
    run = backfill(tmp_path / "run", body)
    profile_of = {r["identity_value"]: r["profile_id"] for r in run.rows("identities", "one")}
    rows = {r["profile_id"]: [r[name] for name in names] for r in run.rows("profiles", "one")}
    found = {who: rows[profile] for who, profile in profile_of.items()}
    assert found["c"] == [None] * len(names)
    last = dt.datetime(2262, 4, 11, 23, 47, 16, 854_775, tzinfo=utc)
    right = [None, last, None, None]
    big = "18446744073709551615"
    assert found["a"] == [*right, big, "1.5", 0.1, True, "[0.5,null]", 1]
    assert found["b"] == [
        dt.datetime(1970, 1, 1, tzinfo=utc),
        dt.datetime(1677, 9, 21, 0, 12, 43, 145_224, tzinfo=utc),
        dt.datetime(1978, 1, 11, 21, 31, 40, 799_000, tzinfo=utc),
        dt.date(1, 1, 1),
        *("0", "0", None, False, "[]", 2),
    ]
    assert run.manifest["sources"]["unfit_attribute_values"] == {
        "log": {"us": 1, "ms": 1, "day": 1}
    }
    assert (
        "attributes left out, outside the years 1 to 9999: 1 day, 1 ms, 1 us"
        in capsys.readouterr().err
    )


def test_a_column_that_folders_give_and_files_have_has_a_common_type(tmp_path: Path) -> None:
    source = {"path": "../in", "record_id": "id", "identities": {"who": "who"}}
    for folder, table in (
        ("day=first", pa.table({"id": ["1"], "who": ["a"]})),
        ("other", pa.table({"id": ["2"], "who": ["b"], "day": [7]})),
    ):
        (tmp_path / "in" / folder).mkdir(parents=True)
        pq.write_table(table, tmp_path / "in" / folder / "x.parquet")
    body = {"sources": {"log": source | {"attributes": {"weekday": "day"}}}}
    body |= {"identities": {"who": {}}, "strategies": {"one": {"policy": "merge_all"}}}
    run = backfill(tmp_path / "run", body)
    assert sorted(r["weekday"] for r in run.rows("profiles", "one")) == ["7", "first"]
