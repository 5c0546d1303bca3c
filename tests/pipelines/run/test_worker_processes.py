"""Worker processes meet their launcher where nobody else can, and end when it does."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import command, processes_below, write_config

pytestmark = pytest.mark.slow
PROCESSES = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
_LISTENS = "0A"


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A run that takes some seconds, of many splits."""
    one = {"one": {"policy": "merge_all"}}
    config = write_config(tmp_path, small(tmp_path, strategies=one, split_rows=500))
    rows = [str(i) for i in range(200_000)]
    many = pa.table({"id": rows, "who": rows, "device": rows})
    pq.write_table(many, tmp_path / "in.parquet", row_group_size=500)
    return [*command(config, tmp_path / "out"), "--set", f"sources.web.path={tmp_path}/in.parquet"]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a path that is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def at_work(folder: Path, process: subprocess.Popen[str]) -> set[int]:
    """Wait until the first unit has been read; the processes that are at it."""
    while not list(folder.glob("out/_work/*/*/kept/unit/*")):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    return {process.pid} | processes_below(process.pid)


def listening(pids: set[int]) -> list[str]:
    """Addresses at which processes wait for connections from a network."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # a file that was closed meanwhile
                if found := re.match(r"socket:\[(\d+)\]", os.readlink(handle)):
                    sockets.add(found[1])
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and fields[9] in sockets:
                addresses.append(fields[1])
    return addresses


def reachable(pids: set[int], temporary: Path) -> tuple[list[str], list[int]]:
    """Where processes wait for connections: addresses, and modes of folders of sockets."""
    modes = [path.stat().st_mode & 0o777 for path in temporary.glob("idweave-sockets-*")]
    return listening(pids), modes


@pytest.mark.parametrize("more", [[], [*PROCESSES, "--runner=DirectRunner"]])
def test_nothing_listens_on_any_network_while_a_run_goes(
    more: list[str], arguments: list[str], tmp_path: Path, temporary: Path
) -> None:
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(
        [*arguments, *more], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        pids = at_work(tmp_path, process)
        try:
            assert len(pids) == (3 if more else 1)
            assert reachable(pids, temporary) == ([], [0o700] if more else [])
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=300)
    assert errors.splitlines()[-1] == "stopped; nothing was published"
    assert not list(temporary.glob("idweave-sockets-*"))


def test_workers_end_when_their_launcher_is_killed(
    arguments: list[str], tmp_path: Path, temporary: Path
) -> None:
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(
        [*arguments, *PROCESSES], stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        pids = at_work(tmp_path, process)
        reached = reachable(pids, temporary)
        process.kill()
    assert reached == ([], [0o700])
    workers = pids - {process.pid}
    deadline = time.monotonic() + 120
    while alive := {pid for pid in workers if Path(f"/proc/{pid}/exe").exists()}:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)
    assert len(workers) == 2
    assert not list(temporary.glob("idweave-sockets-*"))


def test_threads_of_the_runner_are_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    arguments = ["backfill", str(config), "--output", str(tmp_path / "out")]
    assert main([*arguments, "--direct_running_mode=multi_threading"]) == 2
    assert capsys.readouterr().err == (
        "--direct_running_mode: multi_threading: loses elements, and opens ports on all "
        "addresses; allowed: in_memory, multi_processing\n"
    )
