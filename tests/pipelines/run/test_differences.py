"""Files that differ are read; summary, manifest and `validate` tell what differs."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, write_config


def run(folder: Path, capsys: pytest.CaptureFixture[str], **source: Any) -> tuple[Any, list[str]]:
    """The manifest's warnings, and those of the summary; validate gives the same."""
    columns = {"path": "in", "record_id": "id", "identities": {"uid": "uid", "email": "email"}}
    body = {
        "sources": {"web": columns | source},
        "identities": {"uid": {}, "email": {}},
        "strategies": {"s": {"policy": "merge_all"}},
    }
    config = str(write_config(folder, body))
    assert main(["backfill", config, "--output", str(folder / "out")]) == 0
    said = capsys.readouterr().err.splitlines()
    told = [line.split("warning: ")[1] for line in said if "  warning: " in line]
    assert main(["validate", config]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split("warning: ")[1] for line in said if "  warning: " in line] == told
    return Run(folder / "out").manifest["sources"]["warnings"], told


def parquet(folder: Path, *tables: dict[str, Any]) -> None:
    (folder / "in").mkdir()
    for number, columns in enumerate(tables):
        pq.write_table(pa.table(columns), folder / f"in/{number}.parquet")


def test_columns_that_differ_by_case_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet(
        tmp_path,
        {"id": ["0"], "uid": ["a"], "email": ["x"]},
        {"id": ["1"], "uid": ["b"], "Email": ["x"]},
        {"id": ["2"], "uid": ["c"], "EMAIL": ["x"]},
    )
    warnings, told = run(tmp_path, capsys)
    paths = [f"{tmp_path}/in/1.parquet", f"{tmp_path}/in/2.parquet"]
    assert warnings == {
        "web": [
            {"kind": "column_missing", "column": "email", "files": 2, "of": 3,
             "other_case": ["EMAIL", "Email"], "paths": paths},
        ]
    }  # fmt: skip
    assert told == [
        f"source web: `email` is missing, so null, in 2 of 3 files ({paths[0]}, {paths[1]}); there "
        "is `EMAIL`, `Email`, which differs by case"
    ]


def test_columns_that_files_lack_or_have_in_other_types_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet(
        tmp_path,
        {"id": [0], "uid": [1], "email": ["x"]},
        {"id": ["1"], "uid": pa.array([2], pa.int8()), "email": pa.nulls(1)},
        {"id": ["2"], "uid": [3]},
    )
    (tmp_path / "in/3.csv").write_text("id,email\n3,y\n")
    (tmp_path / "in/notes.txt").write_text("no data")
    _, told = run(tmp_path, capsys)
    assert told == [
        "source web: 1 file skipped: the suffix says no format; set format to read them",
        f"source web: `email` is missing, so null, in 1 of 4 files ({tmp_path}/in/2.parquet)",
        f"source web: `uid` is missing, so null, in 1 of 4 files ({tmp_path}/in/3.csv)",
        "source web: `id` differs in type: integers in 1 file, texts in 2 files",
    ]


def test_a_path_that_no_record_has_is_told_after_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.json").write_text(json.dumps([{"id": "1", "uid": "a", "e": [{"t": "x"}]}]))
    identities = {"uid": "uid", "email": "e[t=email].v"}
    columns = {"path": "in.json", "identities": identities}
    body = {
        "sources": {"web": {"record_id": "id"} | columns},
        "identities": {"uid": {}, "email": {}},
        "strategies": {"s": {"policy": "merge_all"}},
    }
    config = str(write_config(tmp_path, body))
    assert main(["backfill", config, "--output", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert "warning: source web: no record has `e[t=email].v` (identities.email)" in said
    assert main(["validate", config]) == 0
    assert "no record of the sample has: e[t=email].v" in capsys.readouterr().out
