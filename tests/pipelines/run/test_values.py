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
