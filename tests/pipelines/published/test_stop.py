"""A run that is told to stop ends at once, whatever it is at, and leaves nothing."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.published.test_publish import small
from tests.pipelines.running import command, interruptible, state, write_config

WORKERS = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
Reached = Callable[[int, Path], bool]  # of a process and its output folder: is it at some moment?


def loaded(library: str) -> Reached:
    """A moment while modules are loaded: this one has been, by a process."""
    return lambda pid, output: library in Path(f"/proc/{pid}/maps").read_text()


def written(pattern: str) -> Reached:
    """A moment of the run: working files of this name are there."""
    return lambda pid, output: any(output.glob(f"_work/*/*/{pattern}"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "workers", "number"),
    [(loaded("libarrow"), [], signal.SIGTERM), (loaded("libarrow"), [], signal.SIGINT),
     (loaded("cygrpc"), [], signal.SIGINT), (written("owner.json"), [], signal.SIGTERM),
     (written("kept/unit/*"), [], signal.SIGINT),
     (written("kept/unit/*"), WORKERS, signal.SIGINT)],
    ids=["arrow-term", "arrow", "beam", "folder-term", "unit", "unit-workers"],
)  # fmt: skip
def test_a_run_that_is_told_to_stop_says_so_and_leaves_nothing(
    tmp_path: Path, moment: Reached, workers: list[str], number: signal.Signals
) -> None:
    config = write_config(tmp_path, small(tmp_path, split_rows=500))
    rows = [str(i) for i in range(50_000)]
    many = pa.table({"id": rows, "who": rows, "device": rows})
    pq.write_table(many, tmp_path / "in.parquet", row_group_size=500)
    arguments = command(config, tmp_path / "out", *workers)
    with subprocess.Popen(
        arguments, stderr=subprocess.PIPE, text=True, preexec_fn=interruptible
    ) as process:
        while not moment(process.pid, tmp_path / "out"):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.005)
        process.send_signal(number)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "stopped; nothing was published"
    assert [line for line in errors.splitlines()[:-1] if not line.startswith("read")] == []
    assert state(tmp_path / "out") == {}
    assert not (tmp_path / "out/_work").exists()
