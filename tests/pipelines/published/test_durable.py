"""What is said to be published is on the disk, and what a killed launch left the next one mends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import Run, beside, write_config

pytestmark = pytest.mark.slow
# the process kills itself at one of its system calls
_KILL = """
import os, signal
def kill_at(name):
    call = getattr(os, name)
    def killing(*args, **more):
        if str(args[-1]).endswith(os.environ["KILL_AT"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)
    setattr(os, name, killing)
for name in ("rename", "replace"):
    kill_at(name)
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A small run of one strategy, without its id."""
    body = small(tmp_path, strategies={"one": {"policy": "merge_all"}})
    config = write_config(tmp_path, body)
    return ["backfill", str(config), "--output", str(tmp_path / "out"), "--run-id"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The system calls of this process that matter, in order, with the paths that they name."""
    told: list[list[str]] = []

    def watch(name: str) -> None:
        call = getattr(os, name)

        def watched(*args: Any, **more: Any) -> Any:
            paths = [os.readlink(f"/proc/self/fd/{a}") if isinstance(a, int) else a for a in args]
            told.append([name, *map(str, paths)])
            return call(*args, **more)

        monkeypatch.setattr(os, name, watched)

    for name in ("fsync", "rename", "replace"):
        watch(name)
    return told


def test_all_is_on_the_disk_before_a_name_points_at_it(
    arguments: list[str], tmp_path: Path, calls: list[list[str]]
) -> None:
    assert main([*arguments, "a"]) == 0
    output = tmp_path / "out"
    moved = next(i for i, call in enumerate(calls) if call[-1] == str(output / "runs/run_id=a"))
    result = calls[moved][1]
    synced = {call[1] for call in calls[:moved] if call[0] == "fsync"}
    of_run = Run(output).folder
    expected = {result, *(f"{result}/{p.relative_to(of_run)}" for p in of_run.rglob("*"))}
    assert expected <= synced
    assert {str(output), str(output.parent)} <= synced  # the new folders' own names
    named = next(i for i, call in enumerate(calls) if call[-1] == str(output / "current.json"))
    after = [call[1] for call in calls[moved:named] if call[0] == "fsync"]
    assert after[0] == str(output / "runs")
    assert after[-1] == calls[named][1]  # the new current.json, under its temporary name
    assert ["fsync", str(output)] in calls[named:]


def test_nobody_waits_for_the_disk_who_does_not_want_to(
    arguments: list[str], tmp_path: Path, calls: list[list[str]]
) -> None:
    assert main([*arguments, "a", "--no-sync"]) == 0
    assert [call for call in calls if call[0] == "fsync"] == []
    assert Run(tmp_path / "out").manifest["run_id"] == "a"


@pytest.mark.parametrize(
    ("step", "published", "current"),
    [("/runs/run_id=b", False, "a"), ("/out/current.json", True, "a"), ("/out/current", True, "b")],
)
def test_what_a_launch_that_was_killed_left_the_next_one_of_any_id_mends(
    step: str, published: bool, current: str, arguments: list[str], tmp_path: Path
) -> None:
    """Before each step is after the one before it, with the next one's temporary name beside."""
    output = tmp_path / "out"
    assert main([*arguments, "a"]) == 0
    (tmp_path / "kill").mkdir()
    (tmp_path / "kill/sitecustomize.py").write_text(_KILL)
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "kill"), "KILL_AT": step}
    process = [sys.executable, "-m", "idweave", *arguments, "b"]
    done = subprocess.run(process, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (output / "runs/run_id=b/manifest.json").exists() == published
    assert json.loads((output / "current.json").read_text()) == {"run_id": current}
    assert list((output / "_work").iterdir()) != []
    # a launch with nothing to do mends, too
    assert main([*arguments, "a"]) == 0
    assert os.readlink(output / "current") == f"runs/run_id={current}"
    assert not (output / "_work").exists()
    assert main([*arguments, "b"]) == 0
    assert Run(output).manifest["run_id"] == "b"
    assert os.readlink(output / "current") == "runs/run_id=b"
    assert sorted(os.listdir(output)) == ["current", "current.json", "runs"]


def test_two_runs_at_once_leave_link_and_file_alike(arguments: list[str], tmp_path: Path) -> None:
    output = tmp_path / "out"
    with beside([*arguments, "a"]) as other:
        assert main([*arguments, "b"]) == 0
        assert os.readlink(output / "current") == "runs/run_id=b"
    assert other.returncode == 0
    assert json.loads((output / "current.json").read_text()) == {"run_id": "a"}
    assert os.readlink(output / "current") == "runs/run_id=a"
    assert not (output / "_work").exists()
