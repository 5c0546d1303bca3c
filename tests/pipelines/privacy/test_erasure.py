"""Who asks is erased, and stays so: records, identities and ids, whatever the next run is."""

import hmac
import json
from pathlib import Path
from typing import Any

from idweave.pipelines.settings.values import iso_time
from tests.pipelines.privacy.people import ASKED, KEY, World, erasure, of_run, record
from tests.pipelines.running import Run

ANN = [
    record("a1", "01-01", uid="u1", email=" Ann@x.com", device="shared"),
    record("a2", "01-02", uid="u1", device="d1"),
]
BOB = [record("b1", "01-03", uid="u2", email="bob@x.com")]


def hashed(*parts: str) -> str:
    return hmac.digest(KEY.encode(), "\0".join(parts).encode(), "sha256").hex()


def statuses(run: Run, strategy: str = "one") -> dict[str, str]:
    return {row["record_id"]: row["status"] for row in run.rows("assignments", strategy)}


def ids(run: Run, strategy: str = "one") -> dict[str, str]:
    return {row["profile_id"]: row["status"] for row in run.rows("ids", strategy)}


def bytes_of(run: Run) -> bytes:
    return b"".join(file.read_bytes() for file in run.folder.rglob("*.*") if file.is_file())


def test_an_erased_person_is_in_no_table_and_stays_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    request = erasure("r1", email="ANN@x.com ", device="shared")
    world.write([*ANN, *BOB], request, erasure("r2", email="nobody@x.com"), "what is this")
    first = world.run("backfill", "run1", "03-01")
    (ann,) = {r["profile_id"] for r in first.rows("assignments", "one") if r["record_id"] == "a1"}
    assert {r["request_id"]: r["reason"] for r in of_run(first, "requests")} == {
        "r1": "no_base", "r2": "no_base", "requests.jsonl:3": "not_json",
    }  # fmt: skip
    second = world.run("refresh", "run2", "03-02")
    a1, a2 = (hashed("record", "web", name) for name in ("a1", "a2"))
    assert statuses(second) == {a1: "suppressed", a2: "suppressed", "b1": "assigned"}
    gone = [row for row in second.rows("assignments", "one") if row["status"] == "suppressed"]
    assert gone == [
        {"source": "web", "record_id": name, "event_time": None, "scope": None,
         "profile_id": None, "status": "suppressed", "reason": None}
        for name in (a1, a2)
    ]  # fmt: skip
    named = (("uid", "u1"), ("email", "ann@x.com"), ("device", "shared"), ("device", "d1"))
    expected = {("identity", hashed("identity", *pair), "r1") for pair in named}
    expected |= {("record", a1, "r1"), ("record", a2, "r1")}
    expected |= {("identity", hashed("identity", "email", "nobody@x.com"), "r2")}
    rows = of_run(second, "suppressions")
    assert {(row["kind"], row["hash"], row["request_id"]) for row in rows} == expected
    assert {iso_time(int(row["since"].timestamp() * 1e6)) for row in rows} == {
        ASKED.replace("Z", "+00:00")
    }
    assert_told(second, tmp_path)
    assert ids(second)[ann] == "erased"
    changes = [(r["profile_id"], r["change"]) for r in second.rows("id_changes", "one")]
    assert changes == [(ann, "erased")]
    assert b"ann@x.com" not in bytes_of(second).lower()
    assert KEY.encode() not in bytes_of(second)


def assert_told(run: Run, folder: Path) -> None:
    """The rows of the requests, with their receipts."""
    done: dict[str, Any] = {"type": "erasure", "resolved_run": "run2", "reason": None}
    done |= {"submitted_at": "2026-02-01T00:00:00+00:00"}
    done |= {"resolved_at": "2026-03-02T00:00:00+00:00"}
    first = done | {"request_id": "r1", "status": "completed", "profiles": 1, "records": 2}
    second = done | {"request_id": "r2", "status": "not_found", "profiles": 0, "records": 0}
    counted = [
        first | {"identities": 4, "kept_identities": 0},
        second | {"identities": 1, "kept_identities": 0},
    ]
    for row, of in zip(of_run(run, "requests"), counted, strict=False):
        text = json.dumps(of, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row["receipt"] == hmac.digest(KEY.encode(), text.encode(), "sha256").hex()
        for key, value in of.items():
            told = row[key].isoformat() if hasattr(row[key], "isoformat") else row[key]
            assert told == value, key
    path = str(folder / "in.jsonl")
    assert of_run(run, "requests")[0]["sources"] == [{"source": "web", "file": path, "records": 2}]
