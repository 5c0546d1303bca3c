"""A published run with every table that `profile` reads, written row by row."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ONE, TWO, OLD, LOST, ANON = ("1" * 32, "2" * 32, "3" * 32, "4" * 32, "5" * 32)
TEXT = pa.string()
TIME = pa.timestamp("us", tz="UTC")


def rows_of(columns: dict[str, pa.DataType], *rows: tuple[Any, ...]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in rows], pa.schema(columns)
    )


TABLES = {
    "identities/strategy=careful": rows_of(
        {"identity_type": TEXT, "identity_value": TEXT, "profile_id": TEXT, "component_id": TEXT,
         "scope": TEXT, "linked": pa.bool_(), "first_seen": TIME, "last_seen": TIME,
         "record_count": pa.int64()},
        ("email", "ann@example.com", ONE, "c", "shop", True, DAY, DAY, 3),
        ("city", "O'Fallon", ONE, "c", "shop", False, DAY, None, 1),
        ("city", "O'Fallon", TWO, "d", "post", False, None, None, 1),
        ("email", "BOB@example.com", TWO, "d", "post", True, None, None, 1),
    ),
    "profiles/strategy=careful": rows_of(
        {"profile_id": TEXT, "scope": TEXT, "first_seen": TIME, "last_seen": TIME,
         "record_count": pa.int64(), "identity_count": pa.int64(), "known": pa.bool_(),
         "orphaned": pa.bool_(), "linked_from": TEXT, "plan": TEXT, "spent": pa.int64()},
        (ONE, "shop", DAY, DAY, 3, 2, True, False, None, "gold", 12),
        (TWO, "post", None, None, 1, 2, False, False, None, None, None),
    ),
    "evidence/strategy=careful": rows_of(
        {"profile_id": TEXT, "attribute": TEXT, "value": TEXT, "rule": TEXT,
         "candidates": pa.int64(), "source": TEXT, "record_id": TEXT, "event_time": TIME},
        (ONE, "plan", "gold", "newest", 2, "crm", "k-17", DAY),
        (ONE, "spent", "12", "sum", 3, None, None, None),
    ),
    "ids/strategy=careful": rows_of(
        {"profile_id": TEXT, "scope": TEXT, "status": TEXT, "current_id": TEXT, "birth_id": TEXT,
         "born_run": TEXT, "born_at": TIME, "ended_run": TEXT, "ended_at": TIME},
        (ONE, "shop", "live", ONE, ONE, "r1", DAY, None, None),
        (TWO, "post", "live", TWO, TWO, "r1", DAY, None, None),
        (OLD, "shop", "merged", ONE, None, "r1", DAY, "r2", DAY),
        (LOST, "shop", "gone", None, None, "r1", DAY, "r2", DAY),
    ),
    "aliases/strategy=careful": rows_of(
        {"alias_id": TEXT, "profile_id": TEXT, "scope": TEXT, "from_time": TIME, "to_time": TIME,
         "identity_type": TEXT, "identity_value": TEXT, "source": TEXT, "record_id": TEXT,
         "record_count": pa.int64()},
        (ANON, ONE, "shop", DAY, DAY, "device_id", "d1", "web", "w-1", 2),
    ),
    "audiences/vip": rows_of(
        {"profile_id": TEXT, "scope": TEXT, "member_since": TIME}, (ONE, "shop", DAY)
    ),
    "groups/household": rows_of(
        {"group_id": TEXT, "scope": TEXT, "profile_id": TEXT}, ("g1", "shop", ONE)
    ),
    "group_attributes/household": rows_of(
        {"group_id": TEXT, "scope": TEXT, "profile_count": pa.int64(), "has_dog": pa.bool_()},
        ("g1", "shop", 1, True),
        ("g2", "shop", 4, False),
    ),
    "platforms/ads": rows_of(
        {"profile_id": TEXT, "em": pa.list_(TEXT), "plan": TEXT}, (ONE, ["ab12cd"], "gold")
    ),
    "decisions/strategy=careful": rows_of(
        {"id": TEXT, "strategy": TEXT}, ("d1", None), ("d2", "careful")
    ),
    "platforms/other": rows_of({"profile_id": TEXT}, (ONE,)),  # of another strategy
}  # fmt: skip


def write_run(folder: Path, leave_out: tuple[str, ...] = ()) -> Path:
    """A published run, its current one."""
    run = folder / "runs" / "run_id=r2"
    tables = []
    for name, table in TABLES.items():
        kind, _, of = name.partition("/")
        if kind not in leave_out:
            (run / name).mkdir(parents=True)
            pq.write_table(table, run / name / "part-00000.parquet")
            strategy = of.startswith("strategy=")
            tables.append({"table": kind, "folder": name, "rows": table.num_rows}
                          | ({"strategy": of[9:], "name": None} if strategy
                             else {"strategy": "careful", "name": of}))  # fmt: skip
    of_careful = {"strategy": "careful"}
    configuration = {
        "scopes": {"shop": ["web"], "post": ["mail"]},
        "identities": {"email": {"normalise": ["trim", "lower"]}, "city": {"normalise": []}},
        "strategies": {
            "careful": {"scopes": None, "link_on": ["email"]},
            "loose": {"scopes": None},
        },
        "platforms": {"ads": of_careful, "other": {"strategy": "loose"}},
        "audiences": {"vip": of_careful},
        "groups": {"household": of_careful},
    }
    manifest = {"run_id": "r2", "started_at": "2026-01-01T00:00:00+00:00",
                "strategies": {"careful": {}, "loose": {}}, "tables": tables,
                "configuration": configuration}  # fmt: skip
    (run / "manifest.json").write_text(json.dumps(manifest))
    (folder / "current.json").write_text(json.dumps({"run_id": "r2"}))
    return folder
