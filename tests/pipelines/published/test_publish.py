"""A run is published at the end or not at all."""

import os
import signal
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import (
    Run,
    backfill,
    beside,
    state,
    write_config,
)

ROWS = {"id": ["1", "2", "3"], "who": ["a", "b", "a"], "device": ["d", "d", "e"]}


def small(folder: Path, **changes: Any) -> dict[str, Any]:
    """A configuration over three records."""
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(ROWS), folder / "in.parquet")
    return {
        "sources": {
            "web": {
                "path": "in.parquet",
                "record_id": "id",
                "identities": {"who": "who", "device": "device"},
            }
        },
        "identities": {"who": {}, "device": {}},
        "strategies": {"one": {"policy": "merge_all"}, "two": {"policy": "no_guess"}},
    } | changes


@pytest.mark.slow
def test_a_published_run_id_is_not_run_again_unless_something_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = backfill(tmp_path, small(tmp_path), "--run-id", "monday")
    before = state(tmp_path / "out")
    capsys.readouterr()
    config = str(tmp_path / "idweave.yaml")
    again = ["backfill", config, "--output", str(tmp_path / "out"), "--run-id", "monday"]
    assert main(again) == 0
    assert capsys.readouterr().out.strip().splitlines()[-1] == str(run.folder)
    assert state(tmp_path / "out") == before
    assert main([*again, "--set", "shards=3"]) == 1
    assert "monday: published already, from another configuration;" in capsys.readouterr().err
    assert main([*again, "--strategy", "one"]) == 1
    assert "monday: published already, from other strategies;" in capsys.readouterr().err
    assert state(tmp_path / "out") == before


@pytest.mark.slow
def test_some_strategies_only_do_not_become_current_unless_asked(tmp_path: Path) -> None:
    backfill(tmp_path, small(tmp_path), "--run-id", "all")
    config, output = str(tmp_path / "idweave.yaml"), tmp_path / "out"
    some = ["backfill", config, "--output", str(output), "--strategy", "two", "--run-id"]
    assert main([*some, "some"]) == 0
    assert Run(output).manifest["run_id"] == "all"
    assert sorted(p.name for p in (output / "runs/run_id=some/assignments").iterdir()) == [
        "strategy=two"
    ]
    assert main([*some, "now", "--make-current"]) == 0
    assert Run(output).manifest["run_id"] == "now"
    assert os.readlink(output / "current") == "runs/run_id=now"


@pytest.mark.slow
def test_a_published_run_becomes_current_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = small(tmp_path)
    backfill(tmp_path, body, "--run-id", "old")
    backfill(tmp_path, body, "--run-id", "new")
    output = tmp_path / "out"
    again = ["backfill", str(tmp_path / "idweave.yaml"), "--output", str(output), "--run-id", "old"]
    assert main(again) == 0
    assert Run(output).manifest["run_id"] == "new"
    capsys.readouterr()
    assert main([*again, "--make-current"]) == 0
    assert "from the same input: it is current now" in capsys.readouterr().err
    assert Run(output).manifest["run_id"] == "old"
    assert os.readlink(output / "current") == "runs/run_id=old"


@pytest.mark.slow
def test_a_broken_check_publishes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backfill(tmp_path, small(tmp_path))
    before = state(tmp_path / "out")
    checks = ["max_profile_identities=2", "min_records=4"]
    config = write_config(tmp_path, small(tmp_path))
    for check in checks:
        arguments = ["backfill", str(config), "--output", str(tmp_path / "out")]
        assert main([*arguments, "--set", f"checks.{check}"]) == 3
        assert check.split("=")[0] in capsys.readouterr().err
        assert state(tmp_path / "out") == before


@pytest.mark.slow
def test_a_killed_run_leaves_earlier_ones_and_the_next_succeeds(tmp_path: Path) -> None:
    output = tmp_path / "out"
    backfill(tmp_path, small(tmp_path), "--run-id", "before")
    before = state(output)
    many = pa.table({"id": [str(i) for i in range(5_000)], "who": ["a"] * 5_000})
    pq.write_table(many, tmp_path / "in.parquet", row_group_size=500)
    arguments = ["backfill", str(tmp_path / "idweave.yaml"), "--output", str(output)]
    arguments += ["--run-id", "after", "--set", "split_rows=500"]
    arguments += ["--set", "sources.web.identities={who: who}"]
    arguments += ["--set", "strategies={one: {policy: merge_all}}"]
    with beside(arguments) as process:
        process.kill()
    now = state(output)
    assert {k: v for k, v in now.items() if not k.startswith("_work/")} == before
    assert any(k.startswith("_work/after/") for k in now)
    assert main(arguments) == 0
    assert Run(output).manifest["run_id"] == "after"
    assert not (output / "_work").exists()
    assert not list(output.rglob("*.tmp"))


@pytest.mark.slow
def test_of_two_processes_that_publish_one_run_id_the_later_fails(tmp_path: Path) -> None:
    output = tmp_path / "out"
    arguments = ["backfill", str(write_config(tmp_path, small(tmp_path))), "--output", str(output)]
    arguments += ["--run-id", "race"]
    with beside(arguments) as other:
        assert main(arguments) == 0
        published = state(output / "runs")
        other.send_signal(signal.SIGCONT)
        errors = other.communicate()[1]
    assert other.returncode == 1
    assert errors.splitlines()[-1].startswith("--run-id: race: another process published it")
    assert state(output / "runs") == published
    assert Run(output).manifest["run_id"] == "race"
    assert not (output / "_work").exists()


@pytest.mark.slow
def test_an_input_that_changes_while_it_is_read_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from idweave.pipelines.run import backfill as module

    config = write_config(tmp_path, small(tmp_path))
    run = module.run

    def run_and_touch(*arguments: Any) -> None:
        run(*arguments)
        os.utime(tmp_path / "in.parquet", ns=(1, 1))

    monkeypatch.setattr(module, "run", run_and_touch)
    assert main(["backfill", str(config), "--output", str(tmp_path / "out")]) == 1
    assert "in.parquet: changed while it was read" in capsys.readouterr().err
    assert state(tmp_path / "out") == {}


def test_a_run_that_was_stopped_before_it_became_current_is_made_so_when_launched_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    backfill(tmp_path, small(tmp_path), "--run-id", "base")
    again = ["backfill", str(tmp_path / "idweave.yaml"), "--output", str(output)]
    again += ["--run-id", "new"]
    blocking = Thread(target=_block_current, args=(output, tmp_path / "before.json"))
    blocking.start()
    capsys.readouterr()
    assert main(again) == 1
    blocking.join()
    assert "run new is published but not current" in capsys.readouterr().err.splitlines()[-1]
    assert os.readlink(output / "current") == "runs/run_id=base"
    (output / "current.json").rmdir()
    (tmp_path / "before.json").rename(output / "current.json")
    assert main(again) == 0
    assert Run(output).manifest["run_id"] == "new"
    assert os.readlink(output / "current") == "runs/run_id=new"
    assert not (output / "_work").exists()
    assert main([*again[:-1], "later"]) == 0
    assert main(again) == 0
    assert Run(output).manifest["run_id"] == "later"


def _block_current(output: Path, kept: Path) -> None:
    """Once records are read, let nothing be written under the name of `current.json`."""
    while not any(output.glob("_work/**/unit/*")):
        time.sleep(0.005)
    (output / "current.json").rename(kept)
    (output / "current.json").mkdir()


def test_a_stray_file_in_the_working_folder_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "out" / "_work").mkdir(parents=True)
    (tmp_path / "out" / "_work" / ".DS_Store").write_text("")
    assert backfill(tmp_path, small(tmp_path)).manifest["units"] == 1
