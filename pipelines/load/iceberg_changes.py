"""What changes do to data files of an Iceberg table: those with rows that go are written anew."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyiceberg.table import FileScanTask, Table

from idweave.pipelines.load.database import quoted_name
from idweave.pipelines.load.iceberg_files import read_file
from idweave.pipelines.load.loaded_tables import STRATEGY, LoadedTable, Part, columns_of, read_rows
from idweave.pipelines.load.statements import ADDED, RECORDS, REPLACED, add_missing, rows_of
from idweave.pipelines.published.database import as_table, database
from idweave.pipelines.published.scan import literal
from idweave.transforms.tables.changes import LEFT_OUT

_ERASED = ("profile_id",)
_MEMORY_MB = 500


class Going(NamedTuple):
    """Which rows of the base go: their keys are in tables of a database."""

    connection: duckdb.DuckDBPyConnection
    columns: tuple[str, ...]  # that tell
    query: str  # the places of those rows of `held` that stay

    def staying(self, keys: pa.Table) -> NDArray[np.bool_]:
        """Whether each of some rows stays."""
        place = pa.array(np.arange(keys.num_rows))
        self.connection.register("held", keys.append_column("place", place))
        stays = np.zeros(keys.num_rows, np.bool_)
        stays[as_table(self.connection, self.query)["place"].to_numpy()] = True
        return stays


@contextlib.contextmanager
def going(table: LoadedTable, told: Sequence[Part]) -> Iterator[Going]:
    """What goes of the base's rows when the changes of some parts are applied; all of others go."""
    of_strategy = [STRATEGY.name] if STRATEGY.name in table.columns.names else []
    replaced, erased = [*of_strategy, *table.table.key], [*of_strategy, *_ERASED]
    stay = [f"{STRATEGY.name} IN ({', '.join(literal(part.strategy) for part in told)})"] * len(
        of_strategy
    )
    if table.name == RECORDS:
        stay.append(f"status NOT IN ({', '.join(map(literal, LEFT_OUT))})")
    with database(_MEMORY_MB) as connection:
        for name, columns in (("replaced", replaced), ("erased", erased)):
            kinds = ", ".join(f"{quoted_name(column)} VARCHAR" for column in columns)
            connection.execute(f"CREATE TABLE {name} ({kinds})")
        for part in told:
            _insert_keys(connection, table, part)
        query = (
            f"SELECT place FROM held ANTI JOIN replaced USING ({_names(replaced)}) "
            f"ANTI JOIN erased USING ({_names(erased)}) "
            f"WHERE {' AND '.join(stay) or 'true'}"
        )
        more = ["status"] if table.name == RECORDS else []
        yield Going(connection, tuple(dict.fromkeys([*replaced, *erased, *more])), query)


def _insert_keys(connection: duckdb.DuckDBPyConnection, table: LoadedTable, part: Part) -> None:
    assert part.changes is not None
    strategy = f"{literal(part.strategy)}, " if part.strategy else ""
    names = list(dict.fromkeys([*table.table.key, *_ERASED, "op"]))
    for batch in read_rows(part.changes, names):
        connection.register("changes", pa.Table.from_batches([batch]))
        for name, key, ops in (
            ("replaced", table.table.key, REPLACED),
            ("erased", _ERASED, ("erase",)),
        ):
            connection.execute(
                f"INSERT INTO {name} SELECT {strategy}{_names(key)} FROM changes "
                f"WHERE op IN ({', '.join(map(literal, ops))})"
            )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted_name, columns))


def files_with_going(table: Table, of: Going) -> Iterator[tuple[FileScanTask, NDArray[np.bool_]]]:
    """The data files with rows that go, and which of their rows stay."""
    nothing = table.schema().select(*of.columns).as_arrow()
    for task in table.scan().plan_files():
        batches = list(read_file(table, task, of.columns))
        keys = pa.Table.from_batches(batches, batches[0].schema if batches else nothing)
        stays = of.staying(keys)
        if not stays.all() or task.delete_files:
            yield task, stays


def staying_rows(
    table: Table, task: FileScanTask, stays: NDArray[np.bool_]
) -> Iterator[pa.RecordBatch]:
    """The rows of a data file that stay."""
    start = 0
    for batch in read_file(table, task, table.schema().column_names):
        yield batch.filter(pa.array(stays[start : start + batch.num_rows]))
        start += batch.num_rows


def added_rows(table: LoadedTable, told: Sequence[Part]) -> Iterator[pa.RecordBatch]:
    """The rows that a run's changes add, and all of parts whose changes are not known."""
    for part in table.parts:
        if part not in told:
            yield from rows_of(table, part)
            continue
        assert part.changes is not None
        columns = [field.name for field in columns_of(table, part)]
        for batch in read_rows(part.changes, [*columns, "op"]):
            added = batch.filter(pc.is_in(batch["op"], pa.array(ADDED)))
            yield add_missing(added, table, part)
        if table.name == RECORDS:
            yield from rows_of(table, part, LEFT_OUT)
