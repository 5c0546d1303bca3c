"""Brings a run into a namespace of an Iceberg catalog, which commits one table at a time.

All files are written first; then a snapshot of each table is committed, and last `idweave_runs`,
which names the snapshots of its run. A load that was killed is taken up by the next one.
"""

import itertools
import json
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
from pyiceberg.table import Table, Transaction

from idweave.pipelines.load.held_run import (
    HELD,
    RUNS,
    RUNS_COLUMNS,
    HeldRun,
    HeldTable,
    Loaded,
    RunToLoad,
    by_changes,
    check_lineage,
    check_runs,
    check_tables,
    fits,
    held_run,
    is_there,
    is_told,
    row_of_runs,
)
from idweave.pipelines.load.iceberg import (
    DIGEST,
    Namespace,
    columns_of,
    fit_columns,
    is_ours,
    loaded_digest,
    name_snapshot,
)
from idweave.pipelines.load.iceberg_changes import (
    added_rows,
    files_with_going,
    going,
    staying_rows,
)
from idweave.pipelines.load.iceberg_files import write_files
from idweave.pipelines.load.loaded_tables import LoadedTable, table_comment
from idweave.pipelines.load.statements import rows_of
from idweave.transforms.tables.table import TIME, column

_RUNS = [
    column(name, TIME if name == "loaded_at" else pa.string(), says, null=True)
    for name, says in RUNS_COLUMNS.items()
]


class _Prepared(NamedTuple):
    """A table of which all files are written, and none is seen."""

    loaded: Loaded
    transaction: Transaction | None  # None: an earlier load committed it already


def load_iceberg(namespace: Namespace, new: RunToLoad) -> list[Loaded] | None:
    """Let a namespace hold a run; None: it does already.

    Raises:
        WrongUsage, RunFailed: it can't take the run; nothing that readers see was changed.
    """
    there = namespace.tables()
    held = _held(there)
    if held is not None:
        check_lineage(held, new)
    check_tables(held, new, _columns_to_check(there, held, new))
    loaded = None
    if held is None or not is_there(held, new):
        prepared = [_prepare(namespace, there.get(of.name), held, new, of) for of in new.tables]
        for one in prepared:
            if one.transaction is not None:
                one.transaction.commit_transaction()
        loaded = [one.loaded for one in prepared]
        _remember(namespace, there.get(RUNS), new, loaded)
    for name, table in there.items():
        if name != RUNS and is_ours(table, new.folder) and name not in _names(new):
            namespace.drop(name)
    return loaded


def _names(new: RunToLoad) -> set[str]:
    return {table.name for table in new.tables}


def _held(there: dict[str, Table]) -> HeldRun | None:
    if RUNS not in there:
        return None
    table = there[RUNS]
    check_runs(table.schema().column_names, "namespace")
    rows = table.scan(selected_fields=HELD).to_arrow().select(HELD).to_pylist()
    return held_run([tuple(row.values()) for row in rows])


def _columns_to_check(
    there: dict[str, Table], held: HeldRun | None, new: RunToLoad
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The columns of tables, but for those that a load which was killed left behind."""
    found = {}
    for name, table in there.items():
        known = held.tables.get(name) if held else None
        if known is not None and held and loaded_digest(table) != held.manifest_sha256:
            found[name] = known.columns
        elif known is not None or not is_ours(table, new.folder):
            found[name] = columns_of(table.schema())
    return found


def _prepare(
    namespace: Namespace,
    there: Table | None,
    held: HeldRun | None,
    new: RunToLoad,
    table: LoadedTable,
) -> _Prepared:
    """Write the files of one table: all rows, or what its changes make of the base's."""
    if there is None:
        transaction = namespace.create(table.name, table.columns, new.folder, table_comment(table))
        return _whole(transaction, None, new, table)
    digest = loaded_digest(there)
    if digest == new.manifest_sha256:
        return _Prepared(Loaded(table.name, 0, table.rows), None)
    before = held.tables.get(table.name) if held and digest == held.manifest_sha256 else None
    if held is not None and before is not None and by_changes(held, new) and fits(table, before):
        return _by_changes(there, new, table, before)
    return _whole(there.transaction(), there, new, table)


def _whole(
    transaction: Transaction, there: Table | None, new: RunToLoad, table: LoadedTable
) -> _Prepared:
    fit_columns(transaction, table.columns)
    old = [] if there is None else [task.file for task in there.scan().plan_files()]
    batches = itertools.chain.from_iterable(rows_of(table, part) for part in table.parts)
    with transaction.update_snapshot(_told(new)).overwrite() as snapshot:
        for file in old:
            snapshot.delete_data_file(file)
        for file in write_files(transaction, table, batches):
            snapshot.append_data_file(file)
    name_snapshot(transaction, new.run.run_id, new.run.manifest.get("base"))
    return _Prepared(Loaded(table.name, 0, table.rows), transaction)


def _by_changes(there: Table, new: RunToLoad, table: LoadedTable, before: HeldTable) -> _Prepared:
    told = [part for part in table.parts if is_told(part, before)]
    transaction = there.transaction()
    with (
        transaction.update_snapshot(_told(new)).overwrite() as snapshot,
        going(table, told) as of,
    ):
        for task, stays in files_with_going(there, of):
            snapshot.delete_data_file(task.file)
            for file in write_files(transaction, table, staying_rows(there, task, stays)):
                snapshot.append_data_file(file)
        for file in write_files(transaction, table, added_rows(table, told)):
            snapshot.append_data_file(file)
    name_snapshot(transaction, new.run.run_id, new.run.manifest.get("base"))
    rows = sum(part.changes.rows for part in told if part.changes)
    rows += sum(part.whole.rows for part in table.parts if part not in told)
    return _Prepared(Loaded(table.name, len(told), rows), transaction)


def _told(new: RunToLoad) -> dict[str, str]:
    return {"idweave.run_id": new.run.run_id, DIGEST: new.manifest_sha256}


def _remember(
    namespace: Namespace, there: Table | None, new: RunToLoad, loaded: Sequence[Loaded]
) -> None:
    """Write `idweave_runs`: from this commit on its readers see the run."""
    says = "The run that the tables of idweave hold here, and its snapshots."
    found = namespace.tables()
    tables = {
        table.name: {
            "columns": columns_of(found[table.name].schema()),
            "strategies": [part.strategy for part in table.parts],
            "snapshot_id": found[table.name].metadata.current_snapshot_id,
        }
        for table in new.tables
    }
    changed = any(one.strategies_by_changes for one in loaded)
    row = row_of_runs(new, json.dumps(tables), changed)
    rows = pa.Table.from_pylist([row], pa.schema([field.remove_metadata() for field in _RUNS]))
    if there is None:
        transaction = namespace.create(RUNS, _RUNS, new.folder, says)
        transaction.append(rows, snapshot_properties=_told(new))
    else:
        transaction = there.transaction()
        transaction.overwrite(rows, snapshot_properties=_told(new))
    transaction.commit_transaction()
