"""Runs the product as its users do: a configuration file, the command, Parquet out."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from idweave.pipelines.cli.main import main
from idweave.pipelines.cli.stop import WORKER

NAMED = ("platforms", "audiences", "groups", "group_attributes")  # others have one a strategy

_STANDING_STILL = """
import os, signal, sys
replace = os.replace
def still(written, path):
    replace(written, path)
    if {once!r} in str(path):
        os.replace = replace
        os.kill(os.getpid(), signal.SIGSTOP)
os.replace = still
from idweave.__main__ import run
sys.exit(run())
"""


class RunFolder:
    """One published run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())

    def table(self, table: str, of: str) -> pa.Table:
        """All rows of a table of a strategy or platform."""
        folder = (
            self.folder / table / (of if table.rpartition("/")[2] in NAMED else f"strategy={of}")
        )
        return pa.concat_tables(pq.ParquetFile(f).read() for f in sorted(folder.glob("*.parquet")))

    def rows(self, table: str, of: str) -> list[dict[str, Any]]:
        """All rows as dictionaries."""
        rows: list[dict[str, Any]] = self.table(table, of).to_pylist()
        return rows

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table that belongs to no strategy."""
        files = sorted((self.folder / table).glob("*.parquet"))
        rows: list[dict[str, Any]] = pa.concat_tables(
            pq.ParquetFile(f).read() for f in files
        ).to_pylist()
        return rows

    def quarantine(self) -> list[dict[str, Any]]:
        """The unreadable records."""
        return self.rows_of("quarantine")

    def digests(self) -> dict[tuple[str, str], tuple[int, str]]:
        """Rows and order-independent digest of every table that doesn't name its run."""
        naming = ("ids", "id_changes")
        tables = [t for t in self.manifest["tables"] if t["table"] not in naming]
        return {
            (t["table"], t["name"] or t["strategy"] or ""): (t["rows"], t["digest"]) for t in tables
        }


class Run(RunFolder):
    """The current run of an output folder."""

    def __init__(self, output: Path) -> None:
        run_id = json.loads((output / "current.json").read_text())["run_id"]
        super().__init__(output / "runs" / f"run_id={run_id}")


def write_config(folder: Path, body: dict[str, Any]) -> Path:
    """Write a configuration; `version: 1` is understood."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "idweave.yaml"
    path.write_text(yaml.safe_dump({"version": 1} | body, sort_keys=False))
    return path


def backfill(folder: Path, body: dict[str, Any], *arguments: str) -> Run:
    """Run a configuration and read what it published."""
    config = write_config(folder, body)
    status = main(["backfill", str(config), "--output", str(folder / "out"), *arguments])
    assert status == 0
    return Run(folder / "out")


@contextlib.contextmanager
def beside(arguments: Sequence[str], once: str = "/unit/") -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, which stands still at work while the body runs.

    It has ended afterwards.

    Args:
        once: where it stands still: it has just written a file with this in its path.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _STANDING_STILL.format(once=once), *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        reached = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert reached is not None
        assert reached.si_code == os.CLD_STOPPED, process.communicate()[1]
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)


def processes_below(pid: int) -> set[int]:
    """All processes that a process started, however deep below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)] = int(fields[1])
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return below - {pid}


def workers_of(pid: int, program: str = WORKER) -> list[int]:
    """The worker processes below another one; `program` is the module that they run."""
    return [one for one in processes_below(pid) if program.encode() in _command_line(one)]


def _command_line(pid: int) -> bytes:
    """Of a process; empty if it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def state(output: Path) -> dict[str, bytes]:
    """Everything that a reader could take for a result."""
    return {str(f.relative_to(output)): f.read_bytes() for f in output.rglob("*") if f.is_file()}


def command(config: Path, output: Path, *more: str) -> list[str]:
    """The command as a process of its own."""
    return [
        sys.executable,
        "-m",
        "idweave",
        "backfill",
        str(config),
        "--output",
        str(output),
        *more,
    ]


def interruptible() -> None:
    """For a child to run before it begins: shells let background jobs ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
