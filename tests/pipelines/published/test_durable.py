"""What is said to be published is on the disk, and what a killed launch left the next one mends."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import Run, command, write_config

pytestmark = pytest.mark.slow
# the process tells its own system calls, and kills itself at one of them if asked
_WATCH = """
import os, signal
def watch(name):
    call = getattr(os, name)
    def watched(*args, **more):
        paths = [os.readlink(f"/proc/self/fd/{a}") if isinstance(a, int) else str(a) for a in args]
        with open(os.environ["WATCH_LOG"], "a") as log:
            log.write(" ".join([name, *paths]) + "\\n")
        kill = paths[-1].endswith(os.environ.get("KILL_AT", "nothing "))
        if kill and os.environ["KILL"] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*args, **more)
        if kill:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(os, name, watched)
for name in ("fsync", "rename", "replace"):
    watch(name)
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A small run of one strategy, without its id."""
    body = small(tmp_path, strategies={"one": {"policy": "merge_all"}})
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch/sitecustomize.py").write_text(_WATCH)
    return [*command(write_config(tmp_path, body), tmp_path / "out"), "--run-id"]


def launch(arguments: list[str], tmp_path: Path, **more: str) -> tuple[int, list[list[str]]]:
    """Run it in a process that tells its system calls: exit status and calls, in order."""
    log = tmp_path / "calls"
    log.write_text("")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "watch"), "WATCH_LOG": str(log)}
    done = subprocess.run(arguments, env=environment | more, capture_output=True, check=False)
    return done.returncode, [line.split(" ") for line in log.read_text().splitlines()]


def test_all_is_on_the_disk_before_a_name_points_at_it(
    arguments: list[str], tmp_path: Path
) -> None:
    status, calls = launch([*arguments, "a"], tmp_path)
    assert status == 0
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
    arguments: list[str], tmp_path: Path
) -> None:
    status, calls = launch([*arguments, "a", "--no-sync"], tmp_path)
    assert status == 0
    assert [call for call in calls if call[0] == "fsync"] == []
    assert Run(tmp_path / "out").manifest["run_id"] == "a"


@pytest.mark.parametrize(
    ("step", "when", "published", "current"),
    [
        ("/runs/run_id=b", "before", False, "a"),
        ("/runs/run_id=b", "after", True, "a"),
        ("/out/current.json", "before", True, "a"),
        ("/out/current.json", "after", True, "b"),
        ("/out/current", "before", True, "b"),
    ],
)
def test_what_a_launch_that_was_killed_left_the_next_one_of_any_id_mends(
    step: str, when: str, published: bool, current: str, arguments: list[str], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    here = arguments[arguments.index("backfill") :]  # in this process, where nothing is killed
    assert main([*here, "a"]) == 0
    status, _ = launch([*arguments, "b"], tmp_path, KILL_AT=step, KILL=when)
    assert status == -signal.SIGKILL
    assert (output / "runs/run_id=b/manifest.json").exists() == published
    assert json.loads((output / "current.json").read_text()) == {"run_id": current}
    assert list((output / "_work").iterdir()) != []
    # a launch with nothing to do mends, too
    assert main([*here, "a"]) == 0
    assert os.readlink(output / "current") == f"runs/run_id={current}"
    assert not (output / "_work").exists()
    assert main([*here, "b"]) == 0
    assert Run(output).manifest["run_id"] == "b"
    assert os.readlink(output / "current") == "runs/run_id=b"
    assert sorted(os.listdir(output)) == ["current", "current.json", "runs"]


def test_two_runs_at_once_leave_link_and_file_alike(arguments: list[str], tmp_path: Path) -> None:
    output = tmp_path / "out"
    processes: list[subprocess.Popen[Any]] = [
        subprocess.Popen([*arguments, name], stderr=subprocess.DEVNULL) for name in "ab"
    ]
    assert [process.wait() for process in processes] == [0, 0]
    current = json.loads((output / "current.json").read_text())["run_id"]
    assert os.readlink(output / "current") == f"runs/run_id={current}"
    assert not (output / "_work").exists()
