"""A published run to read: its manifest and the files of its tables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.nearest import nearest, unknown
from idweave.pipelines.published.current import current_run, names_no_run
from idweave.pipelines.published.parts import parts_of, reading
from idweave.pipelines.published.runs import exists, manifest_in, read_manifest, run_folder


class RunTables:
    """One published run: its folder and manifest."""

    def __init__(self, folder: str, manifest: dict[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self._files: dict[str, list[str]] = {}  # of the tables that were asked for, by folder
        self._given: list[str] = []  # all of these

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
            RunFailed: they are not those that the run wrote.
        """
        if folder not in self._files:
            (told,) = [of for of in self.manifest["tables"] if of["folder"] == folder]
            parts = parts_of(self.folder, told, self.run_id)
            self._files[folder] = [part.path for part in parts]
            self._given += self._files[folder]
        return self._files[folder]

    def reading(self) -> AbstractContextManager[None]:
        """Around what reads its files. Raises RunFailed: it failed because one is damaged."""
        return reading(self.run_id, self._given)

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
        RunFailed: its manifest is damaged, or `current.json` is.
    """
    output = output.rstrip("/") or "/"
    if exists(f"{output}/manifest.json"):
        manifest = manifest_in(output)
        if run_id not in (None, manifest["run_id"]):
            raise WrongUsage(f"--run-id: {run_id}: {output} is of run {manifest['run_id']}")
        return RunTables(output, manifest)
    named = run_id is not None
    run_id = run_id or _current(output)
    found = read_manifest(output, run_id)
    if found is None and not named:
        raise names_no_run(output, run_id)
    if found is None:
        raise WrongUsage(f"--run-id: {run_id}: no such run in {output}/runs")
    return RunTables(run_folder(output, run_id), found)


def _current(output: str) -> str:
    current = current_run(output)
    if current is None:
        raise WrongUsage(
            f"{output}: no run in this folder is current; name one, `idweave runs` lists them"
        )
    return current
