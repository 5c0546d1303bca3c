"""Many small files are read together, and nothing but the speed shows it."""

import json
from pathlib import Path
from typing import Any

from tests.pipelines.running import Run, backfill


def run(folder: Path, **more: Any) -> Run:
    columns = {"path": "in", "record_id": "id", "time": "at", "identities": {"who": "who"}}
    body = {
        "sources": {"web": columns | more},
        "identities": {"who": {}},
        "strategies": {"s": {"policy": "merge_all"}},
    }
    return backfill(folder, body)


def write(folder: Path, files: int) -> None:
    (folder / "in").mkdir(parents=True)
    for i in range(files):
        rows: list[dict[str, Any]] = [
            {"id": f"{i:03d}-{k}", "who": f"w{i * 3 + k}"} for k in (0, 1)
        ]
        rows.append({"id": "twice", "who": "w0", "at": "2024-01-01"})
        rows[1]["at"] = "no time" if i % 10 == 7 else "2024-01-02"
        text = "".join(json.dumps(row) + "\n" for row in rows) + (
            "nothing\n" if i % 10 == 3 else ""
        )
        (folder / f"in/{i:03d}.jsonl").write_text(text)


def test_rows_keep_file_place_and_order(tmp_path: Path) -> None:
    write(tmp_path, 40)
    got = run(tmp_path)
    assert got.manifest["units"] == 1
    rows = got.rows("assignments", "s")
    expected = [
        i for f in range(40) for i in (f"{f:03d}-0", f"{f:03d}-1", "twice")
        if not (f % 10 == 7 and i.endswith("-1"))
    ]  # fmt: skip
    assert [row["record_id"] for row in rows] == expected
    of_twice = [row["status"] for row in rows if row["record_id"] == "twice"]
    assert of_twice == ["assigned", *["duplicate"] * 39]
    quarantine = [(r["file"][-9:], r["position"], r["reason"]) for r in got.quarantine()]
    assert quarantine == sorted(
        [(f"{f:03d}.jsonl", 3, "not_json") for f in range(3, 40, 10)]
        + [(f"{f:03d}.jsonl", 1, "unreadable_time") for f in range(7, 40, 10)]
    )
    assert len(rows) + len(quarantine) == 40 * 3 + 4


def test_one_file_gives_the_rows_of_many(tmp_path: Path) -> None:
    write(tmp_path / "many", 25)
    (tmp_path / "one/in").mkdir(parents=True)
    texts = [path.read_text() for path in sorted((tmp_path / "many/in").iterdir())]
    (tmp_path / "one/in/all.jsonl").write_text("".join(texts))
    many, one = run(tmp_path / "many"), run(tmp_path / "one")
    for key, digest in one.digests().items():
        assert key == ("quarantine", "") or many.digests()[key] == digest, key


def test_a_bad_file_among_many_is_one_row(tmp_path: Path) -> None:
    write(tmp_path, 10)
    (tmp_path / "in/004.jsonl").write_bytes(b"\x1f\x8b\x08\x00 damaged")
    got = run(tmp_path, on_bad_file="quarantine")
    assert [
        (r["file"][-9:], r["position"]) for r in got.quarantine() if r["reason"] == "bad_file"
    ] == [("004.jsonl", 0)]
    ids = {row["record_id"][:3] for row in got.rows("assignments", "s")} - {"twi"}
    assert ids == {f"{i:03d}" for i in range(10) if i != 4}
