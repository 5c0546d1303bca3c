"""Kills loads at many moments while a reader counts rows: `python -m tests.pipelines.load.kills`.

A chain of five refreshes is loaded into DuckDB, Iceberg and Postgres, run by run. At each moment
a load is killed, whole or by changes; what the reader saw all the while is one run or the other,
with the rows of a whole load, and the load after it ends in them.
"""

import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from idweave.pipelines.cli.main import main
from tests.pipelines.load.readers import Counts, DuckDBReader, PostgresReader, Rows

_LOADER = """
import sys
import duckdb, adbc_driver_postgresql.dbapi
import idweave.pipelines.load.command, idweave.pipelines.load.postgres
import idweave.pipelines.load.load_iceberg
from idweave.pipelines.cli.main import main
print("ready", flush=True)
sys.stdin.readline()
sys.exit(main(sys.argv[1:]))
"""


class Reader(Protocol):
    """Somebody who reads a database while others load."""

    def options(self, place: str) -> list[str]:
        """Of `load`, to load into a place of the database."""

    def tables(self, place: str) -> list[str]:
        """The names of the tables of a place, but for the one that tells of loads."""

    def counts(self, place: str, tables: Sequence[str]) -> Counts | None:
        """What the place holds at one moment; None: it can't be read now."""

    def rows(self, place: str) -> Rows:
        """All rows of a place."""

    def is_at_rest(self) -> bool:
        """Whether nothing goes on that a load began which was killed."""


class Moment(NamedTuple):
    """A load that was killed."""

    runs: tuple[str, str]  # that was there, and that was being loaded
    seconds: float  # after its beginning
    done: bool  # it was done before
    reads: int  # of the reader meanwhile


def kill_loads(
    reader: Reader, chain: Path, run_ids: Sequence[str], moments: int
) -> Iterator[Moment]:
    """Kill loads of a chain of runs, by turns by changes and whole, at many moments."""
    whole = {}
    for run_id in run_ids:
        _load(reader, chain, f"whole_{run_id}", run_id)
        whole[run_id] = reader.rows(f"whole_{run_id}")
    _load(reader, chain, "killed", run_ids[0])
    seconds = _seconds(_start(reader, chain, run_ids[1]))
    for number in range(moments):
        steps = 1 + number % 2  # to the run after the next all is loaded whole
        place = number // 2 % (len(run_ids) - steps)
        before, after = run_ids[place], run_ids[place + steps]
        _load(reader, chain, "killed", before)
        common = sorted(set(whole[before]) & set(whole[after]))
        moment = 1.2 * seconds * number / max(1, moments - 1)
        seen = _watch(reader, common, _start(reader, chain, after), moment)
        assert set(seen) <= {
            (run, tuple(len(whole[run][name]) for name in common)) for run in (before, after)
        }
        held = seen[-1][0]
        assert reader.rows("killed") == whole[held]
        _load(reader, chain, "killed", after)
        assert reader.rows("killed") == whole[after]
        yield Moment((before, after), moment, held == after, len(seen))


def _seconds(process: "subprocess.Popen[bytes]") -> float:
    """How long a load takes that nobody kills."""
    start = time.monotonic()
    with process:
        process.communicate(b"go\n")
    return time.monotonic() - start


def _load(reader: Reader, chain: Path, place: str, run_id: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["load", str(chain), *reader.options(place), "--run-id", run_id]) == 0


def _start(reader: Reader, chain: Path, run_id: str) -> "subprocess.Popen[bytes]":
    """A process that begins to load when it is told to, with all modules there."""
    command = ["load", str(chain), *reader.options("killed"), "--run-id", run_id]
    process = subprocess.Popen(
        [sys.executable, "-c", _LOADER, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def _watch(
    reader: Reader, tables: Sequence[str], process: "subprocess.Popen[bytes]", moment: float
) -> list[Counts]:
    """What a reader sees until a load is killed, and after it."""
    assert process.stdin is not None
    seen = [reader.counts("killed", tables)]
    with process:
        process.stdin.write(b"go\n")
        process.stdin.flush()
        end = time.monotonic() + moment
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.01))
            seen.append(reader.counts("killed", tables))
        process.kill()
    last, deadline = None, time.monotonic() + 300
    while last is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        last = reader.counts("killed", tables) if reader.is_at_rest() else None
    return [one for one in (*seen, last) if one is not None]


def _prove(moments: int, new: int) -> None:
    from tests.pipelines.load.conftest import make_chain
    from tests.pipelines.load.postgres_server import programs, running_server

    run_ids = [f"r{number}" for number in range(6)]
    with tempfile.TemporaryDirectory(prefix="idweave-kills-") as folder:
        chain = make_chain(Path(folder), run_ids, new)
        _tell("DuckDB", kill_loads(DuckDBReader(Path(folder)), chain, run_ids, moments))
        os.environ["PYICEBERG_CATALOG__HERE__URI"] = f"sqlite:///{folder}/catalog.db"
        os.environ["PYICEBERG_CATALOG__HERE__WAREHOUSE"] = f"file://{folder}/tables"
        from tests.pipelines.load.iceberg_reader import IcebergReader  # reads the environment

        _tell("Iceberg", kill_loads(IcebergReader(), chain, run_ids, moments))
        if programs() is None:
            sys.exit("no Postgres server here: apt-get install postgresql")
        with running_server() as url:
            _tell("Postgres", kill_loads(PostgresReader(url), chain, run_ids, moments))


def _tell(database: str, moments: Iterable[Moment]) -> None:
    for one in moments:
        held = "done" if one.done else "not done"
        print(f"{database}: {' to '.join(one.runs)}: killed after {one.seconds:.2f} s: {held}; "
              f"{one.reads} reads of one run whole", flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--records", type=int, default=2000, help="that come with each run")
    given = parser.parse_args()
    _prove(given.moments, given.records)
