"""What a database remembers of the run that it holds, and what is to be done for another one."""

import datetime
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.load.loaded_tables import LoadedTable, Part
from idweave.pipelines.published.run_tables import RunTables
from idweave.pipelines.published.runs import exists
from idweave.transforms.exchange.store import is_local, open_file

RUNS = "idweave_runs"
RUNS_COLUMNS = {  # name: what it says
    "run_id": "the run that the tables hold",
    "base": "the run that it built on",
    "folder": "the folder that it was loaded from",
    "manifest_sha256": "the digest of its manifest: the same id may be another run elsewhere",
    "loaded": "how: whole, or by changes",
    "loaded_at": "when, UTC",
    "tables": "JSON: its tables here, with their columns and strategies",
}
HELD = ("run_id", "folder", "manifest_sha256", "tables")  # columns that the next load needs
_ANEW = f"load into another --schema, or drop the tables named in {RUNS}, then {RUNS} itself"


class HeldTable(NamedTuple):
    """A table as it was when it was loaded."""

    columns: tuple[tuple[str, ...], ...]  # name, type and more, as the database tells of them
    strategies: tuple[str, ...]


class HeldRun(NamedTuple):
    """The run that a database holds."""

    run_id: str
    folder: str
    manifest_sha256: str
    tables: Mapping[str, HeldTable]


class Loaded(NamedTuple):
    """What was done with one table."""

    table: str
    strategies_by_changes: int
    rows: int  # brought into the database


class RunToLoad(NamedTuple):
    """A published run, and where it is from."""

    run: RunTables
    folder: str  # of all its runs
    manifest_sha256: str
    tables: Sequence[LoadedTable]


def identified(run: RunTables, tables: Sequence[LoadedTable]) -> RunToLoad:
    """A run with what tells it from runs of other folders."""
    parent, _, name = run.folder.rpartition("/")
    of_runs = parent.rpartition("/")[0] if name.startswith("run_id=") else run.folder
    folder = os.path.realpath(of_runs) if is_local(of_runs) else of_runs
    return RunToLoad(run, folder, digest_of(run.folder), tables)


def digest_of(run_folder: str) -> str:
    """The digest of a run's manifest, or nothing if there is no such run."""
    path = f"{run_folder}/manifest.json"
    if not exists(path):
        return ""
    with open_file(path) as file:
        return hashlib.sha256(file.read()).hexdigest()


def is_there(held: HeldRun, new: RunToLoad) -> bool:
    """Whether the database holds all that is to be loaded, and nothing else."""
    return held.manifest_sha256 == new.manifest_sha256 and set(held.tables) == {
        table.name for table in new.tables
    }


def check_lineage(held: HeldRun, new: RunToLoad) -> None:
    """Refuse a database that holds runs of another folder. Raises RunFailed."""
    if held.folder != new.folder and not _is_published(held, new):
        raise RunFailed(
            f"the database holds run {held.run_id} of {held.folder}, which is not in "
            f"{new.folder}/runs; {_ANEW}"
        )


def by_changes(held: HeldRun, new: RunToLoad) -> bool:
    """Whether the changes of a run are what the database lacks."""
    return new.run.manifest.get("base") == held.run_id and _is_published(held, new)


def fits(table: LoadedTable, before: HeldTable) -> bool:
    """Whether the columns are what they were, and the run says what changed in any part."""
    return same_columns(table, before) and any(is_told(part, before) for part in table.parts)


def same_columns(table: LoadedTable, before: HeldTable) -> bool:
    """Whether a table has the columns that it had."""
    now = [(field.name, "YES" if field.nullable else "NO") for field in table.columns]
    then = [(column[0], column[2]) for column in before.columns]
    return now == then


def is_told(part: Part, before: HeldTable) -> bool:
    """Whether the run says what changed in a part."""
    return part.changes is not None and part.strategy in before.strategies


def check_runs(columns: Sequence[str], elsewhere: str) -> None:
    """Whether the table of runs is ours.

    Args:
        elsewhere: what to name instead.

    Raises:
        RunFailed: it is somebody else's.
    """
    if list(columns) != list(RUNS_COLUMNS):
        raise RunFailed(
            f"table {RUNS}: not what idweave load writes; load into another {elsewhere}"
        )


def held_run(rows: Sequence[Sequence[str]]) -> HeldRun:
    """The run that the rows of that table name, of the columns HELD. Raises RunFailed."""
    if len(rows) != 1:
        raise RunFailed(f"table {RUNS}: {len(rows)} rows, where idweave load writes one")
    ((run_id, folder, digest, tables),) = rows
    return HeldRun(run_id, folder, digest, from_json(tables))


def _is_published(held: HeldRun, new: RunToLoad) -> bool:
    found = digest_of(f"{new.folder}/runs/run_id={held.run_id}")
    return bool(found) and found == held.manifest_sha256


def check_tables(
    held: HeldRun | None, new: RunToLoad, there: Mapping[str, tuple[tuple[str, ...], ...]]
) -> None:
    """Refuse tables that are not as `load` left them.

    Args:
        there: the columns of all tables of the schema.

    Raises:
        WrongUsage: a table of the same name is not ours.
        RunFailed: one of ours was changed.
    """
    ours = held.tables if held else {}
    for table in new.tables:
        if table.name in there and table.name not in ours:
            raise WrongUsage(
                f"table {table.name}: it is there already and not from idweave load; load into "
                "another --schema, or rename it"
            )
    for name, table_then in ours.items():
        if there.get(name) != table_then.columns:
            raise RunFailed(
                f"table {name}: {_difference(table_then.columns, there.get(name))}; {_ANEW}"
            )


def _difference(then: tuple[tuple[str, ...], ...], now: tuple[tuple[str, ...], ...] | None) -> str:
    if now is None:
        return "it was dropped since it was loaded"
    names = sorted({column[0] for column in set(then) ^ set(now)})
    what = f"column {', '.join(names)}" if names else "the order of its columns"
    return f"{what} was changed since it was loaded"


def row_of_runs(new: RunToLoad, tables: str, changed: bool) -> dict[str, object]:
    """The row of `idweave_runs`."""
    return {
        "run_id": new.run.run_id,
        "base": new.run.manifest.get("base"),
        "folder": new.folder,
        "manifest_sha256": new.manifest_sha256,
        "loaded": "by changes" if changed else "whole",
        "loaded_at": datetime.datetime.now(datetime.UTC),
        "tables": tables,
    }


def as_json(tables: Mapping[str, HeldTable]) -> str:
    """The tables as `idweave_runs` has them."""
    return json.dumps({name: table._asdict() for name, table in tables.items()})


def from_json(text: str) -> dict[str, HeldTable]:
    """The tables of `idweave_runs`."""
    return {
        name: HeldTable(tuple(map(tuple, of["columns"])), tuple(of["strategies"]))
        for name, of in json.loads(text).items()
    }
