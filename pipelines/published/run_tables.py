"""A published run to read: its manifest and the files of its tables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.nearest import nearest, unknown
from idweave.pipelines.published.current import current_run
from idweave.pipelines.published.runs import manifest_in, read_manifest, run_folder
from idweave.transforms.exchange.store import files_in, is_local, open_file

_ELSE = "name another run, or run again"
DAMAGED = f"the run is damaged; {_ELSE}"
UNREADABLE = f"it can't be read: damaged, or removed meanwhile; {_ELSE}"


class RunTables(NamedTuple):
    """One published run."""

    folder: str
    manifest: dict[str, Any]

    @property
    def run_id(self) -> str:
        """Its id."""
        return str(self.manifest["run_id"])

    @property
    def strategies(self) -> list[str]:
        """The strategies that it resolved."""
        return sorted(self.manifest["strategies"])

    def has(self, table: str, name: str) -> bool:
        """Whether the run wrote a table of a strategy, or of a platform."""
        return any(
            of["table"] == table and name == (of["name"] or of["strategy"])
            for of in self.manifest["tables"]
        )

    def paths(self, table: str, name: str) -> list[str]:
        """The files of a table of a strategy, or of a platform; none if the run has no such."""
        for of in self.manifest["tables"]:
            if of["table"] == table and name == (of["name"] or of["strategy"]):
                return self.files(of["folder"])
        return []

    def files(self, folder: str) -> list[str]:
        """The files of a table by its folder, in the order of their names.

        Raises:
            RunFailed: they have not all rows that the manifest tells of: no answer is better than
                one from a part of them.
        """
        where = f"{self.folder}/{folder}"
        paths = [file.path for file in files_in(where, "*.parquet")]
        told = sum(of["rows"] for of in self.manifest["tables"] if of["folder"] == folder)
        rows = sum(map(_rows, paths))
        if not paths or rows != told:
            found = f"{rows} rows" if paths else "no files"
            raise RunFailed(f"{where}: {found}, where the manifest tells of {told}: {DAMAGED}")
        return paths

    def strategy(self, named: str | None) -> str:
        """The strategy that --strategy names; it may be left out where there is only one.

        Raises:
            WrongUsage: there are several and none is named, or there is no such.
        """
        if named is None and len(self.strategies) > 1:
            raise WrongUsage(f"--strategy: needed; one of {', '.join(self.strategies)}")
        strategy = named or self.strategies[0]
        if strategy not in self.strategies:
            raise WrongUsage(unknown("--strategy", strategy, "strategy", self.strategies))
        return strategy

    def scopes(self, strategy: str) -> list[str]:
        """The scopes that a strategy keeps apart."""
        settings = self.manifest["configuration"]
        return list(settings["strategies"][strategy]["scopes"] or settings["scopes"] or ["default"])

    def check_scope(self, strategy: str, named: str | None) -> None:
        """Refuse a --scope that the strategy doesn't have. Raises WrongUsage."""
        if named is not None and named not in (scopes := self.scopes(strategy)):
            raise WrongUsage(unknown("--scope", named, "scope", scopes))

    def check_strategy(self, name: str) -> None:
        """Refuse a strategy that the run doesn't have. Raises WrongUsage."""
        if name not in self.strategies:
            raise WrongUsage(
                f"{shown(name)}: no strategy of run {self.run_id}; {nearest(name, self.strategies)}"
            )

    def check_tables(self, tables: Sequence[str], name: str, command: str) -> None:
        """Refuse a run without the tables of a strategy that a command reads. Raises WrongUsage."""
        for table in tables:
            if not self.has(table, name):
                raise WrongUsage(
                    f"{self.run_id}: the run has no table {table} of {name}, which {command} "
                    f"reads; set tables: [{', '.join(tables)}] or more and run again"
                )


def find_run(output: str, run_id: str | None) -> RunTables:
    """A published run; `output` is where runs are published, or a run's own folder.

    Args:
        run_id: None: the current run.

    Raises:
        WrongUsage: there is no such run.
        RunFailed: it is damaged.
    """
    output = output.rstrip("/") or "/"
    if (manifest := manifest_in(output)) is not None:
        if run_id not in (None, manifest["run_id"]):
            raise WrongUsage(f"--run-id: {run_id}: {output} is of run {manifest['run_id']}")
        return RunTables(output, manifest)
    run_id = run_id or _current(output)
    found = read_manifest(output, run_id)
    if found is None:
        raise WrongUsage(f"--run-id: {run_id}: no such run in {output}/runs")
    return RunTables(run_folder(output, run_id), found)


def opened(path: str) -> AbstractContextManager[Any]:
    """A file to read: by its path where Arrow can, as its threads then don't wait for Python's."""
    return nullcontext(path) if is_local(path) else open_file(path)


def _rows(path: str) -> int:
    """How many rows a file has by its footer. Raises RunFailed."""
    try:
        with opened(path) as file:
            return int(pq.read_metadata(file).num_rows)
    except PermissionError as error:
        raise RunFailed(f"{path}: Permission denied; let this user read it") from error
    except (pa.ArrowException, OSError) as error:
        raise RunFailed(f"{path}: {UNREADABLE}") from error


def _current(output: str) -> str:
    current = current_run(output)
    if current is None:
        raise WrongUsage(
            f"{output}: no run in this folder is current; name one, `idweave runs` lists them"
        )
    return current
