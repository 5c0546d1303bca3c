"""Faults on a real Flink: the job fails, nothing is published, and the next run is right."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flink import cluster
from tests.flink.comparing import compare
from tests.flink.conftest import NAMED
from tests.flink.install import TASK_MANAGERS
from tests.pipelines.running import Run, command, state, workers_of

pytestmark = pytest.mark.flink
LOST = "a worker was lost while it was at work"
BEAM_WORKER = "apache_beam.runners.worker.sdk_worker_main"  # what Beam's boot program starts


@pytest.fixture(scope="module")
def output(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an earlier run, which all faults leave as it is."""
    output = tmp_path_factory.mktemp("faults") / "out"
    shutil.copytree(world / "in_process/runs/run_id=named", output / "runs/run_id=earlier")
    (output / "current.json").write_text(json.dumps({"run_id": "earlier"}))
    return output


def fail(world: Path, output: Path, flink: list[str], fault: Callable[[], None]) -> str:
    """Start a run on all four slots, break something once it is at work; its last line.

    One strategy is enough for that. The folder is as it was before.
    """
    before = state(output)
    arguments = command(world / "world/idweave.yaml", output, "--strategy=everything", *flink)
    with subprocess.Popen(
        [*arguments, "--", "--parallelism=4"], stderr=subprocess.PIPE, text=True
    ) as process:
        while not list(output.glob("_work/*/*/kept/unit/*")):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.01)
        fault()
        _, errors = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert state(output) == before
    assert not (output / "_work").exists()
    return errors.strip().splitlines()[-1]


def test_a_task_manager_that_is_killed_fails_the_run(
    world: Path, flink: list[str], output: Path
) -> None:
    def kill() -> None:
        os.killpg(cluster.state()["task manager 0"], signal.SIGKILL)

    line = fail(world, output, flink, kill)
    cluster.wait_until(lambda: cluster.overview()["taskmanagers"] == TASK_MANAGERS - 1)
    cluster.start_task_manager(0)
    cluster.wait_until(lambda: cluster.overview()["taskmanagers"] == TASK_MANAGERS)
    assert line.startswith(LOST)


def test_workers_that_are_killed_fail_the_run(world: Path, flink: list[str], output: Path) -> None:
    """All that are there: one that is still starting is started again, and nothing fails."""

    def kill() -> None:
        for number in range(TASK_MANAGERS):
            for pid in workers_of(cluster.state()[f"task manager {number}"], BEAM_WORKER):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    assert fail(world, output, flink, kill).startswith(LOST)


def test_an_input_file_that_vanishes_fails_the_run(
    world: Path, flink: list[str], output: Path
) -> None:
    last = sorted((world / "world/events").iterdir())[-1]
    kept, stamp = last.read_bytes(), last.stat().st_mtime_ns
    try:
        line = fail(world, output, flink, last.unlink)
    finally:
        last.write_bytes(kept)
        os.utime(last, ns=(stamp, stamp))
    assert line.startswith(f"{last}: ")


def test_after_all_faults_a_cluster_gives_the_same_rows(
    world: Path, flink: list[str], output: Path
) -> None:
    arguments = command(world / "world/idweave.yaml", output, *NAMED, *flink)
    subprocess.run([*arguments, "--", "--parallelism=4"], check=True)
    compare(Run(output), Run(world / "in_process"))
