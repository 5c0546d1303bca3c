"""What goes wrong under a run: it fails in one line, publishes nothing, and the next one is right.

The same on a cluster: tests/flink/test_faults.py.
"""

import ctypes
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from idweave.transforms.running.in_threads import InThreads
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import Run, backfill, beside, command, state, workers_of

pytestmark = pytest.mark.slow
_CAPBSET_DROP = 24
_IGNORES_PERMISSIONS = (1, 2)  # capabilities that make root one who may write anywhere


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated world in many files, and an earlier run of it."""
    folder = tmp_path_factory.mktemp("faults")
    out = ["--out", str(folder / "world"), "--people", "150", "--seed", "8", "--files", "12"]
    assert main(["simulate", out[1], *out[2:]]) == 0
    config = str(folder / "world/idweave.yaml")
    assert main(["backfill", config, "--output", str(folder / "out"), "--run-id", "before"]) == 0
    return folder


@pytest.fixture
def untouched(world: Path) -> Iterator[None]:
    """After the fault: the earlier run as it was, and nothing beside it."""
    before = state(world / "out")
    yield
    assert state(world / "out") == before
    assert not (world / "out/_work").exists()


def fail(world: Path, *arguments: str, before_it: Callable[[], None] | None = None) -> str:
    """Run the command, which must fail in one line; that line."""
    config = world / "world/idweave.yaml"
    done = subprocess.run(
        command(config, world / "out", *arguments),
        preexec_fn=before_it, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.usefixtures("untouched")
def test_a_read_only_output_folder_is_named(world: Path) -> None:
    def without_privileges() -> None:
        for capability in _IGNORES_PERMISSIONS:
            ctypes.CDLL(None).prctl(_CAPBSET_DROP, capability, 0, 0, 0)

    (world / "out").chmod(0o555)
    try:
        line = fail(world, before_it=without_privileges)
    finally:
        (world / "out").chmod(0o755)
    assert line == (
        f"{world}/out/_work: Permission denied; let this user read and write there, or name "
        "another folder (nothing was published)"
    )


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("most_bytes", [100, 9_000, 30_000])
def test_an_output_folder_that_takes_no_more_bytes_is_named(world: Path, most_bytes: int) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    line = fail(world, before_it=limited)
    assert line.startswith(f"{world}/out/_work/")
    assert line.endswith(
        ": File too large; raise the largest size of a file (ulimit -f) (nothing was published)"
    )


@pytest.mark.usefixtures("untouched")
def test_an_input_file_that_vanishes_while_others_are_read_is_named(world: Path) -> None:
    last = sorted((world / "world/events").iterdir())[-1]
    kept, stamp = last.read_bytes(), last.stat().st_mtime_ns
    arguments = ["backfill", str(world / "world/idweave.yaml"), "--output", str(world / "out")]
    with beside([*arguments, "--strategy=everything"]) as process:
        last.unlink()
        process.send_signal(signal.SIGCONT)
        _, errors = process.communicate()
    last.write_bytes(kept)
    os.utime(last, ns=(stamp, stamp))
    line = errors.strip().splitlines()[-1]
    assert process.returncode == 1
    assert line.startswith(f"{last}: ")
    assert "nothing was published" in line or "changed while it was read" in line


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("begun", ["runs", "_work/*/*/kept/unit/*"])
def test_a_worker_process_that_dies_fails_the_run(world: Path, begun: str) -> None:
    """As soon as it is there, before it has said a word to its launcher, and at work."""
    arguments = command(world / "world/idweave.yaml", world / "out", "--strategy=everything")
    arguments += ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    arguments += ["--set", "split_rows=200"]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        while not (workers := workers_of(process.pid)) or not any((world / "out").glob(begun)):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.01)
        os.kill(max(workers), signal.SIGKILL)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert errors.strip().splitlines()[-1].startswith("a worker was lost while it was at work")


def test_after_all_faults_the_next_run_is_right(world: Path) -> None:
    before = Run(world / "out").digests()
    config = str(world / "world/idweave.yaml")
    assert main(["backfill", config, "--output", str(world / "out"), "--run-id", "next"]) == 0
    assert Run(world / "out").manifest["run_id"] == "next"
    assert Run(world / "out").digests() == before


def test_every_bundle_done_twice_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = ("--run-id", "a", "--as-of", "2026-01-01")
    once = backfill(tmp_path / "once", small(tmp_path / "once"), *named)
    call = InThreads._call

    def twice(self: InThreads, element: Any, sides: tuple[Any, ...]) -> tuple[list[Any], int]:
        call(self, element, sides)
        return call(self, element, sides)

    monkeypatch.setattr(InThreads, "_call", twice)
    again = backfill(tmp_path / "twice", small(tmp_path / "twice"), *named)
    assert again.digests() == once.digests()
    without = {name: text for name, text in state(once.folder).items() if name[-5:] != ".json"}
    assert without.items() <= state(again.folder).items()
    assert len(state(again.folder)) == len(state(once.folder))
