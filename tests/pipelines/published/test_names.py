"""A run id that is published, and places where nothing can be published."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.overlap import check_overlap
from idweave.pipelines.settings import load
from tests.pipelines.published.test_publish import ROWS, small
from tests.pipelines.running import Run, backfill, state, write_config

ONE = {"one": {"policy": "merge_all"}}


def test_a_published_run_id_is_skipped_refused_or_followed_by_a_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    backfill(tmp_path, small(tmp_path, strategies=ONE), "--run-id", "day")
    pq.write_table(pa.table(ROWS).slice(1), tmp_path / "in.parquet")
    again = ["backfill", str(tmp_path / "idweave.yaml"), "--output", str(output)]
    again += ["--run-id", "day", "--if-published"]
    before = state(output)
    capsys.readouterr()
    assert main([*again, "error"]) == 1
    assert "day: published already, from other inputs; choose" in capsys.readouterr().err
    assert main([*again, "skip"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{output}/runs/run_id=day\n"
    assert said.err == "run day is published already, from other inputs: nothing to do\n"
    assert state(output) == before
    for _ in range(2):  # the second launch finds the very same run
        assert main([*again, "new"]) == 0
        assert capsys.readouterr().out == f"{output}/runs/run_id=day.2\n"
        assert Run(output).manifest["run_id"] == "day.2"
    pq.write_table(pa.table(ROWS).slice(2), tmp_path / "in.parquet")
    assert main([*again, "new"]) == 0
    assert sorted(os.listdir(output / "runs")) == ["run_id=day", "run_id=day.2", "run_id=day.3"]


def test_a_source_that_can_not_be_read_at_all_fails_the_run_unless_it_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = small(tmp_path, strategies=ONE)
    source = {"path": "crm.jsonl", "record_id": "id", "time": "t", "identities": {"who": "id"}}
    body["sources"]["crm"] = source
    (tmp_path / "crm.jsonl").write_text('{"id": "1", "t": "x"}\nno json\n{"id": "3", "t": "y"}\n')
    config, output = write_config(tmp_path, body), tmp_path / "out"
    arguments = ["backfill", str(config), "--output", str(output)]
    assert main(arguments) == 3
    assert capsys.readouterr().err.splitlines()[-1] == (
        "sources.crm: none of its 3 records could be read, 2 because of unreadable_time; `idweave "
        "validate` shows what they look like; say how its times are written: sources.crm.time: "
        "{column, format, zone}, or set sources.crm.allow_unreadable: true"
    )
    assert state(output) == {}
    assert main([*arguments, "--set", "sources.crm.allow_unreadable=true"]) == 0
    assert len(Run(output).rows("assignments", "one")) == 3


@pytest.mark.parametrize(
    ("path", "output", "refused"),
    [
        ("data", "data/out", True),
        ("data", "data/_out", False),  # hidden folders are not read
        ("data", ".", True),
        ("data/events", "data", True),
        ("data/*.parquet", "data", True),
        ("data/*.parquet", "data/out", False),
        ("data/**/*.parquet", "data/out", True),
        ("data/**/*.csv", "data/out", False),
        ("da*", "data/out", True),
        ("*/*/runs", "data/out", True),
        ("data", "data2", False),
        ("link", "data/out", True),
        ("data/events/a.parquet", "data/events", True),
        ("data/events/a.parquet", "data/events/out", False),
        ("data/events", "link/events/../out", False),
    ],
)
def test_an_output_that_the_next_run_would_read_is_refused_with_both_paths(
    path: str, output: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/events").mkdir(parents=True)
    (tmp_path / "data/events/a.parquet").touch()
    (tmp_path / "link").symlink_to("data")
    body = small(tmp_path)
    body["sources"]["web"]["path"] = path
    settings = load(str(write_config(tmp_path, body)))
    if not refused:
        check_overlap(output, settings, [])
        return
    with pytest.raises(WrongUsage) as error:
        check_overlap(output, settings, [])
    assert f"sources.web.path: {tmp_path / path}" in str(error.value)
    assert f"--output {output};" in str(error.value) or f"--output: {output}: " in str(error.value)


@pytest.mark.parametrize(
    ("output", "refused"),
    [
        ("out", False),
        ("out/current", True),
        ("out/runs/run_id=a", True),
        ("out/runs/run_id=a/profiles", True),
        ("copy", True),  # of a run
        ("runs", False),
        ("run_id=a", False),
    ],
)
def test_an_output_among_published_runs_is_refused(
    output: str, refused: bool, tmp_path: Path
) -> None:
    for folder in ("out/runs/run_id=a", "copy"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.json").touch()
    (tmp_path / "out/current").symlink_to("runs/run_id=a")
    settings = load(str(write_config(tmp_path, small(tmp_path / "in"))))
    if not refused:
        check_overlap(str(tmp_path / output), settings, [])
        return
    with pytest.raises(WrongUsage, match=f"^--output: {tmp_path / output}: lies among published"):
        check_overlap(str(tmp_path / output), settings, [])


@pytest.mark.parametrize(
    ("path", "exports", "refused"),
    [
        ("data", "data/exports", True),
        ("data", "data/_exports", False),  # hidden folders are not read
        ("data", "exports", False),
        ("data/*/records.parquet", "data", True),
        ("data/*.parquet", "data/exports", False),
        ("exports/some", "exports", True),
        ("link", "data/exports", True),
    ],
)
def test_exports_that_a_source_would_read_are_refused_with_both_paths(
    path: str, exports: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "k" * 32)
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data")
    own = {"requests": "r.jsonl", "strategy": "one", "by": ["who"], "key": "env:KEY"}
    body = small(tmp_path, privacy=own | {"exports": exports})
    body["sources"]["web"]["path"] = path
    settings = load(str(write_config(tmp_path, body)))
    if not refused:
        check_overlap(str(tmp_path / "out"), settings, [])
        return
    with pytest.raises(WrongUsage) as error:
        check_overlap(str(tmp_path / "out"), settings, [])
    assert str(error.value).startswith(
        f"privacy.exports: {tmp_path / exports}: sources.web.path: {tmp_path / path} would read"
    )


def test_an_output_in_its_own_input_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = small(tmp_path, strategies=ONE)
    body["sources"]["web"]["path"] = "."
    config = write_config(tmp_path, body)
    for output, named in ((tmp_path / "out", "would read the result"), (tmp_path, "lies in")):
        assert main(["backfill", str(config), "--output", str(output)]) == 2
        line = capsys.readouterr().err.strip()
        assert named in line
        assert f"sources.web.path: {tmp_path}" in line
        assert f"--output: {output}" in line or f"--output {output}" in line
    assert not (tmp_path / "out").exists()
