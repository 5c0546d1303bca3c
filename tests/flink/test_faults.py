"""Faults on a real Flink: the job fails, nothing is published, and the next run is right."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flink import cluster
from tests.flink.install import TASK_MANAGERS
from tests.pipelines.running import Run, command, state, worker_of

pytestmark = pytest.mark.flink
LOST = "a worker was lost while it was at work"
BEAM_WORKER = "apache_beam.runners.worker.sdk_worker_main"  # what Beam's boot program starts


@pytest.fixture(scope="module")
def output(
    world: Path, flink: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder with an earlier run; after all faults the next run in it is right."""
    output = tmp_path_factory.mktemp("faults") / "out"
    shutil.copytree(world / "in_process", output, symlinks=True)
    yield output
    arguments = command(world / "world/idweave.yaml", output, *flink, "--run-id", "next")
    subprocess.run([*arguments, "--", "--parallelism=4"], check=True)
    assert Run(output).manifest["run_id"] == "next"
    assert Run(output).digests() == Run(world / "in_process").digests()


def fail(world: Path, output: Path, flink: list[str], fault: Callable[[], None]) -> str:
    """Start a run on all four slots, break something once it is at work; its last line.

    The folder is as it was before.
    """
    before = state(output)
    arguments = command(world / "world/idweave.yaml", output, *flink)
    with subprocess.Popen(
        [*arguments, "--", "--parallelism=4"], stderr=subprocess.PIPE, text=True
    ) as process:
        while not list(output.glob("_work/*/*/kept/unit/*")):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.01)
        fault()
        _, errors = process.communicate(timeout=300)
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


def test_a_worker_that_is_killed_fails_the_run(world: Path, flink: list[str], output: Path) -> None:
    def kill() -> None:
        os.kill(worker_of(cluster.state()["task manager 1"], BEAM_WORKER), signal.SIGKILL)

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
