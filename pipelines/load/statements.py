"""The statements of a load, in the SQL that DuckDB and Postgres have in common."""

from collections.abc import Iterator

import pyarrow as pa

from idweave.pipelines.load.database import Database, quoted_name
from idweave.pipelines.load.loaded_tables import (
    STRATEGY,
    LoadedTable,
    Part,
    columns_of,
    comment_of,
    name_in_files,
    read_rows,
    table_comment,
)
from idweave.pipelines.published.scan import literal
from idweave.transforms.tables.changes import LEFT_OUT

RECORDS = "assignments"  # the table with rows that no change tells of
REPLACED = ("update", "delete", "remove")  # what is to be done to rows that go as they are ...
ADDED = ("insert", "update", "add")  # ... and to those that come; a changed one goes and comes


def create_table(database: Database, name: str, table: LoadedTable) -> None:
    """Make an empty table, with comments."""
    database.execute(f"CREATE TABLE {name} ({_columns(database, table.columns)})")
    database.execute(f"COMMENT ON TABLE {name} IS {literal(table_comment(table))}")
    for field in table.columns:
        column = f"{name}.{quoted_name(field.name)}"
        database.execute(f"COMMENT ON COLUMN {column} IS {literal(comment_of(field))}")


def add_part(database: Database, name: str, table: LoadedTable, part: Part) -> int:
    """Add all rows of a part; returns how many."""
    if not database.insert_files(name, _from_files(table, part), part.whole.paths):
        database.insert(name, table.columns, rows_of(table, part))
    return part.whole.rows


def _from_files(table: LoadedTable, part: Part) -> dict[str, str]:
    """The columns of a table that a part has, and what of its files is in them."""
    columns = {of.name: quoted_name(name_in_files(of.name)) for of in columns_of(table, part)}
    if STRATEGY.name in table.columns.names:
        columns[STRATEGY.name] = literal(part.strategy)
    return columns


def remove_part(database: Database, name: str, part: Part) -> None:
    """Remove all rows of a part."""
    database.execute(f"DELETE FROM {name} AS held WHERE {_of(part)}")


def remove_other_strategies(database: Database, name: str, table: LoadedTable) -> None:
    """Remove the rows of strategies that the run has not."""
    if STRATEGY.name in table.columns.names:
        stay = ", ".join(literal(part.strategy) for part in table.parts)
        database.execute(f"DELETE FROM {name} WHERE {STRATEGY.name} NOT IN ({stay})")


def apply_changes(database: Database, name: str, table: LoadedTable, part: Part) -> int:
    """Make a part of the base's one by its changes; returns how many there were."""
    assert part.changes is not None
    columns = columns_of(table, part)
    nullable = [field.with_nullable(True).remove_metadata() for field in columns]
    staged = pa.schema([*nullable, pa.field("op", pa.string())])
    changes = database.changes_table()
    database.execute(f"CREATE TEMPORARY TABLE {changes} ({_columns(database, staged)})")
    database.insert(changes, staged, read_rows(part.changes, staged.names))
    if table.name == RECORDS:
        statuses = ", ".join(map(literal, LEFT_OUT))
        database.execute(f"DELETE FROM {name} AS held WHERE {_of(part)} AND status IN ({statuses})")
    for ops, key in ((REPLACED, table.table.key), (("erase",), ("profile_id",))):
        same = " AND ".join(f"held.{quoted_name(of)} = changed.{quoted_name(of)}" for of in key)
        database.execute(
            f"DELETE FROM {name} AS held USING {changes} AS changed "
            f"WHERE {_of(part)} AND {same} AND changed.op IN ({_list(ops)})"
        )
    names = ", ".join(quoted_name(field.name) for field in columns)
    database.execute(
        f"INSERT INTO {name} ({STRATEGY.name}, {names}) SELECT {literal(part.strategy)}, {names} "
        f"FROM {changes} WHERE op IN ({_list(ADDED)})"
    )
    database.execute(f"DROP TABLE {changes}")
    if table.name == RECORDS:
        database.insert(name, table.columns, rows_of(table, part, LEFT_OUT))
    return part.changes.rows


def rows_of(
    table: LoadedTable, part: Part, statuses: tuple[str, ...] = ()
) -> Iterator[pa.RecordBatch]:
    """The rows of a part as the table has them, or those with some statuses."""
    columns = [name_in_files(field.name) for field in columns_of(table, part)]
    for batch in read_rows(part.whole, columns, statuses):
        yield add_missing(batch, table, part)


def add_missing(batch: pa.RecordBatch, table: LoadedTable, part: Part) -> pa.RecordBatch:
    """Rows of a part with all columns of the table: its strategy, and nulls for what it lacks."""
    there = batch.schema.names
    arrays = []
    for field in table.columns:
        if field.name == STRATEGY.name:
            arrays.append(pa.repeat(pa.scalar(part.strategy), batch.num_rows))
        elif (name := name_in_files(field.name)) in there:
            arrays.append(batch.column(name))
        else:
            arrays.append(pa.nulls(batch.num_rows, field.type))
    return pa.RecordBatch.from_arrays(arrays, names=table.columns.names)


def _columns(database: Database, columns: pa.Schema) -> str:
    return ", ".join(
        f"{quoted_name(field.name)} {database.type_name(field.type)} {database.stored(field)}"
        f"{'' if field.nullable else ' NOT NULL'}"
        for field in columns
    )


def _of(part: Part) -> str:
    """The condition on rows of `held` that are of a part."""
    return f"held.{STRATEGY.name} = {literal(part.strategy)}" if part.strategy else "TRUE"


def _list(ops: tuple[str, ...]) -> str:
    return ", ".join(map(literal, ops))
