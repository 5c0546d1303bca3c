"""What a database is to hold of a run: its tables with columns and comments, part by part."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.nearest import nearest
from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.run_tables import RunTables
from idweave.transforms.tables.registry import TABLES
from idweave.transforms.tables.table import Table, about, column

_BATCH = 131_072
STRATEGY = column("strategy", pa.string(), "the strategy that the row is of")
_OWN_STRATEGY = "only_strategy"  # what a table's own column `strategy` is called beside that one
CHANGES = "changes/"


class Files(NamedTuple):
    """The files of one folder of a run."""

    paths: tuple[str, ...]
    rows: int  # that the manifest tells of


class Part(NamedTuple):
    """What one strategy, or the run itself, gives to a table of the database."""

    strategy: str  # "": the table is of none
    columns: tuple[str, ...]  # that its files have; others of the table are null for it
    whole: Files
    changes: Files | None  # what makes it of the base's; None: the run does not say


class LoadedTable(NamedTuple):
    """One table of the database."""

    name: str
    table: Table
    columns: pa.Schema  # with comments
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many it has when it is loaded whole."""
        return sum(part.whole.rows for part in self.parts)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell rows apart; empty: none do, for all rows."""
        if not self.table.key or self.table.but:
            return ()
        return (*(name for name in self.columns.names if name == "strategy"), *self.table.key)


def loaded_tables(run: RunTables, wanted: Sequence[str]) -> list[LoadedTable]:
    """The tables of a run, under their names in a database.

    Args:
        wanted: names of tables; empty: all but `changes/…`.

    Raises:
        WrongUsage: the run has no such table.
        RunFailed: files of it are missing or can't be read.
    """
    told = [of for of in run.manifest["tables"] if not of["table"].startswith(CHANGES)]
    there = list(dict.fromkeys(str(of["table"]) for of in told))
    for name in wanted:
        if name not in there:
            raise WrongUsage(
                f"--tables: {shown(name)}: no table of run {run.run_id}; {nearest(name, there)}"
            )
    by_name: dict[str, list[dict[str, Any]]] = {}
    for of in told:
        if not wanted or of["table"] in wanted:
            by_name.setdefault(database_name(of["table"], of["name"]), []).append(of)
    return [_loaded(run, name, parts) for name, parts in by_name.items()]


def database_name(table: str, name: str | None) -> str:
    """What a table is called in a database: as ours, those of a platform `platforms_NAME`."""
    return f"{table}_{name}" if name else table


def _loaded(run: RunTables, name: str, told: Sequence[dict[str, Any]]) -> LoadedTable:
    """A table with the columns of all its parts: what a part lacks is null there."""
    table = TABLES.get(told[0]["table"])
    if table is None:
        raise RunFailed(
            f"{run.folder}/{told[0]['folder']}: a table that this version of idweave does not "
            "know; name the others by --tables, or load by the version that wrote the run"
        )
    files = [_files(run, of) for of in told]
    schemas = [_schema(of.paths[0]) for of in files]
    try:
        found = pa.unify_schemas(schemas)
    except pa.ArrowException as error:
        raise RunFailed(
            f"{run.folder}/{told[0]['table']}: a column has other types in other strategies; one "
            "table can't hold them"
        ) from error
    in_all = set.intersection(*(set(schema.names) for schema in schemas))
    known = {field.name: field for field in table.columns}
    columns = [
        field.with_metadata(known[field.name].metadata)
        if field.name in known
        else column(
            field.name,
            field.type,
            table.more,
            null=field.nullable or field.name not in in_all,
            personal=True,
        )
        for field in found
    ]
    parts = tuple(
        _part(run, of, whole, schema)
        for of, whole, schema in zip(told, files, schemas, strict=True)
    )
    if parts[0].strategy:
        columns = with_strategy(columns)
    return LoadedTable(name, table, pa.schema(columns), parts)


def with_strategy(columns: Sequence[pa.Field]) -> list[pa.Field]:
    """The columns of a database for those of the files of a strategy."""
    own = [of.with_name(_OWN_STRATEGY) if of.name == STRATEGY.name else of for of in columns]
    return [STRATEGY, *own]


def name_in_files(name: str) -> str:
    """What the files of a run call a column of the database."""
    return STRATEGY.name if name == _OWN_STRATEGY else name


def _schema(path: str) -> pa.Schema:
    with opened(path) as file:
        return pq.read_schema(file).remove_metadata()


def _part(run: RunTables, of: dict[str, Any], whole: Files, schema: pa.Schema) -> Part:
    changes = [
        other
        for other in run.manifest["tables"]
        if other["table"] == f"{CHANGES}{of['table']}"
        and (other["strategy"], other["name"]) == (of["strategy"], of["name"])
    ]
    changed = _files(run, changes[0]) if changes else None
    return Part(of["strategy"] or "", tuple(schema.names), whole, changed)


def _files(run: RunTables, of: dict[str, Any]) -> Files:
    return Files(tuple(run.files(of["folder"])), of["rows"])


def columns_of(table: LoadedTable, part: Part) -> list[pa.Field]:
    """The columns of the database that the files of a part have."""
    return [
        field
        for field in table.columns
        if field.name != STRATEGY.name and name_in_files(field.name) in part.columns
    ]


def read_rows(
    files: Files, columns: Sequence[str], statuses: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """The rows of some files, a batch after the other.

    Args:
        statuses: only rows with one of these statuses; row groups without any are not read.
    """
    for path in files.paths:
        with opened(path) as opened_file:
            file = pq.ParquetFile(opened_file)
            groups = _groups_with(file, statuses)
            for batch in file.iter_batches(_BATCH, row_groups=groups, columns=list(columns)):
                yield _with_status(batch, statuses) if statuses else batch


def _groups_with(file: pq.ParquetFile, statuses: Sequence[str]) -> list[int]:
    groups = range(file.num_row_groups)
    if not statuses:
        return list(groups)
    read = (file.read_row_group(group, columns=["status"])["status"] for group in groups)
    return [n for n, of in enumerate(read) if pc.any(pc.is_in(of, pa.array(statuses))).as_py()]


def _with_status(batch: pa.RecordBatch, statuses: Sequence[str]) -> pa.RecordBatch:
    return batch.filter(pc.is_in(batch["status"], pa.array(statuses)))


def comment_of(field: pa.Field) -> str:
    """What a database says of a column."""
    personal = " (personal data)" if about(field, "personal") == "yes" else ""
    return f"{about(field, 'comment')}{personal}"


def table_comment(table: LoadedTable) -> str:
    """What a database says of a table."""
    key = ", ".join(table.table.key) or "none"
    but = f" (not of {table.table.but})" if table.table.but else ""
    return f"A row: {table.table.about}. Key, of each strategy: {key}{but}."
