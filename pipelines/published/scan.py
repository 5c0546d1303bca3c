"""Tables of a run as DuckDB reads them: the columns and row groups that a question needs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from idweave.transforms.exchange.store import is_local

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_PATTERN = set("*?[")  # signs in a path that DuckDB takes for a pattern


def dataset_of(paths: Sequence[str]) -> "ds.FileSystemDataset":
    """Files of one table, lazily scanned, in the order of the paths.

    Paths with a scheme are opened by Arrow's own file systems (s3, gs, abfss, hdfs).
    """
    import pyarrow.dataset as ds  # takes a tenth of a second

    if is_local(paths[0]):
        return ds.dataset(list(paths), format="parquet")
    from pyarrow import fs

    system = fs.FileSystem.from_uri(paths[0])[0]
    inside = [fs.FileSystem.from_uri(path)[1] for path in paths]
    return ds.dataset(inside, filesystem=system, format="parquet")


def scan(database: duckdb.DuckDBPyConnection, name: str, paths: Sequence[str]) -> str:
    """What stands behind FROM to read some files.

    Args:
        name: of the view that is made where DuckDB can't open them itself.
    """
    if opens(paths):
        return parquet_files(paths)
    database.register(name, dataset_of(paths))
    return f'"{name}"'


def opens(paths: Sequence[str]) -> bool:
    """Whether DuckDB can open files itself, by their paths."""
    return all(is_local(path) and not _PATTERN & set(path) for path in paths)


def parquet_files(paths: Sequence[str]) -> str:
    """What stands behind FROM to read files that DuckDB opens itself."""
    return f"read_parquet([{literals(paths)}], hive_partitioning = false)"


def literal(text: str) -> str:
    """A text in a statement of SQL."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Sequence[str]) -> str:
    """Texts in a list of SQL."""
    return ", ".join(map(literal, texts))


def rows_of(database: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, object]]:
    """The answer of a query, which is small, as dictionaries; times are in UTC."""
    table = pa.table(database.sql(query).to_arrow_table())
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            column = table.column(place).cast(pa.timestamp("us", tz="UTC"))
            table = table.set_column(place, field.name, column)
    rows: list[dict[str, object]] = table.to_pylist()
    return rows
