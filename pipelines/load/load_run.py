"""Brings a run into a database in one transaction."""

from collections.abc import Iterator

import pyarrow as pa

from idweave.pipelines.load.database import Database, quoted_name
from idweave.pipelines.load.held_run import (
    HELD,
    RUNS,
    RUNS_COLUMNS,
    HeldRun,
    HeldTable,
    Loaded,
    RunToLoad,
    as_json,
    by_changes,
    check_lineage,
    check_runs,
    check_tables,
    fits,
    held_run,
    is_there,
    is_told,
    row_of_runs,
    same_columns,
)
from idweave.pipelines.load.loaded_tables import LoadedTable
from idweave.pipelines.load.statements import (
    add_part,
    apply_changes,
    create_table,
    remove_other_strategies,
    remove_part,
)
from idweave.pipelines.published.scan import literal

Columns = tuple[tuple[str, ...], ...]


def load_run(database: Database, schema: str, new: RunToLoad) -> list[Loaded] | None:
    """Let a schema of a database hold a run; None: it does already.

    Raises:
        WrongUsage, RunFailed: the schema can't take it; nothing was changed.
    """
    with database.transaction():
        _make_schema(database, schema)
        there = _columns_of(database, schema)
        held = _held(database, schema, there)
        if held is not None:
            check_lineage(held, new)
        check_tables(held, new, there)
        if held is not None and is_there(held, new):
            return None
        loaded = [_load_table(database, schema, held, new, table) for table in new.tables]
        for name in held.tables if held else ():
            if name not in {table.name for table in new.tables}:
                database.execute(f"DROP TABLE {quoted_name(schema)}.{quoted_name(name)}")
        _remember(database, schema, new, any(one.strategies_by_changes for one in loaded))
    return loaded


def _make_schema(database: Database, schema: str) -> None:
    """Make a schema that isn't there; who may not make schemas can load into one that is."""
    if not database.execute(
        "SELECT CAST(schema_name AS VARCHAR) FROM information_schema.schemata "
        f"WHERE schema_name = {literal(schema)}"
    ):
        database.execute(f"CREATE SCHEMA {quoted_name(schema)}")


def _columns_of(database: Database, schema: str) -> dict[str, Columns]:
    """The columns of all tables and views of a schema: name, type, whether null may be there."""
    found: dict[str, list[tuple[str, ...]]] = {}
    names = ("table_name", "column_name", "data_type", "is_nullable")
    told = ", ".join(f"CAST({name} AS VARCHAR)" for name in names)
    for name, *column in database.execute(
        f"SELECT {told} FROM information_schema.columns "
        f"WHERE table_schema = {literal(schema)} ORDER BY table_name, ordinal_position"
    ):
        found.setdefault(name, []).append(tuple(column))
    return {name: tuple(columns) for name, columns in found.items()}


def _held(database: Database, schema: str, there: dict[str, Columns]) -> HeldRun | None:
    if RUNS not in there:
        return None
    check_runs([column[0] for column in there[RUNS]], "--schema")
    return held_run(database.execute(f"SELECT {', '.join(HELD)} FROM {quoted_name(schema)}.{RUNS}"))


def _load_table(
    database: Database, schema: str, held: HeldRun | None, new: RunToLoad, table: LoadedTable
) -> Loaded:
    """Bring one table into the database: whole, or those strategies by changes that allow it."""
    name = f"{quoted_name(schema)}.{quoted_name(table.name)}"
    before = held.tables.get(table.name) if held else None
    if held is not None and before is not None and by_changes(held, new) and fits(table, before):
        return _change_table(database, name, table, before)
    is_new = before is None or not database.keeps_tables or not same_columns(table, before)
    if before is not None:
        database.execute(f"{'DROP TABLE' if is_new else 'DELETE FROM'} {name}")
    if is_new:
        create_table(database, name, table)
    rows = sum(add_part(database, name, table, part) for part in table.parts)
    for statement in database.indexes(name, table.key, table.columns) if is_new else ():
        database.execute(statement)
    return Loaded(table.name, 0, rows)


def _change_table(database: Database, name: str, table: LoadedTable, before: HeldTable) -> Loaded:
    remove_other_strategies(database, name, table)
    rows = changed = 0
    for part in table.parts:
        if is_told(part, before):
            rows, changed = rows + apply_changes(database, name, table, part), changed + 1
        else:
            remove_part(database, name, part)
            rows += add_part(database, name, table, part)
    return Loaded(table.name, changed, rows)


def _remember(database: Database, schema: str, new: RunToLoad, changed: bool) -> None:
    name = f"{quoted_name(schema)}.{RUNS}"
    columns = ", ".join(f"{column} {_kind(database, column)}" for column in RUNS_COLUMNS)
    database.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
    database.execute(f"COMMENT ON TABLE {name} IS 'The run that the tables of idweave hold here.'")
    for column, says in RUNS_COLUMNS.items():
        database.execute(f"COMMENT ON COLUMN {name}.{column} IS {literal(says)}")
    there = _columns_of(database, schema)
    tables = {
        table.name: HeldTable(there[table.name], tuple(part.strategy for part in table.parts))
        for table in new.tables
    }
    row = row_of_runs(new, as_json(tables), changed)
    fields = pa.schema([(column, _arrow_kind(column)) for column in RUNS_COLUMNS])
    database.execute(f"DELETE FROM {name}")
    database.insert(name, fields, _one(pa.RecordBatch.from_pylist([row], fields)))


def _one(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    yield batch


def _arrow_kind(column: str) -> pa.DataType:
    return pa.timestamp("us", tz="UTC") if column == "loaded_at" else pa.string()


def _kind(database: Database, column: str) -> str:
    return database.type_name(_arrow_kind(column))
