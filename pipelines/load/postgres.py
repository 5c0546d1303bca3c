"""Postgres, by ADBC: `--to postgresql://…`. Passwords come from PGPASSWORD or ~/.pgpass."""

import contextlib
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.load.database import reader_of
from idweave.pipelines.published.database import as_table, connect
from idweave.transforms.tables.table import about

_TYPES = {
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.int8(): "smallint",
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float32(): "real",
    pa.float64(): "double precision",
    pa.date32(): "date",
    pa.binary(): "bytea",
}
# Hashes of an index that is larger than this are put in order first, else each goes to a page
# somewhere in it, which takes twice the time.
_SORT_HASHES = "SET LOCAL maintenance_work_mem = '16MB'"
_PIECE = 16_384  # rows that go out at once: some 2 MB, which the sockets between them can hold
_ONE_AT_A_TIME = "DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('idweave load')); END $$"


@contextlib.contextmanager
def open_postgres(url: str) -> Iterator["Postgres"]:
    """Connect to a server.

    Raises:
        WrongUsage: the URL has a password.
        RunFailed: there is no connection, or the server refused something.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.password is not None or "password" in urllib.parse.parse_qs(parts.query):
        raise WrongUsage("--to: a password; others see the command line: set PGPASSWORD instead")
    server = f"postgresql://{parts.hostname or ''}{parts.path}"
    try:
        connection = adbc.connect(url)
    except adbc.Error as error:
        told = str(error).split("\n")[0].split(" failed: ")[-1]
        raise RunFailed(f"--to: {server}: no connection: {told}") from error
    try:
        with contextlib.closing(connection):
            yield Postgres(connection)
    except adbc.Error as error:  # its text may quote values
        raise RunFailed(
            f"{server}: Postgres refused (SQLSTATE {error.sqlstate or 'unknown'}); nothing was "
            "changed there; run again with --debug for where"
        ) from error


class Postgres:
    """A connection. Tables are emptied, not dropped, so views and rights stay."""

    keeps_tables = True

    def __init__(self, connection: adbc.Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it; another load waits until it is done."""
        try:
            self.execute(_ONE_AT_A_TIME)
            yield
            self._connection.commit()
        except BaseException:
            with contextlib.suppress(adbc.Error):
                self._connection.rollback()
            raise

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; returns the rows of its answer."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if statement.startswith("SELECT") else []

    def insert(self, table: str, columns: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows to a table; `columns` are those of the batches."""
        schema, _, name = table.rpartition(".")
        failed: list[Exception] = []
        written = pa.schema(
            [pa.field(of.name, pa.string() if _is_json(of.type) else of.type) for of in columns]
        )
        reader = reader_of(written, _in_pieces(map(_with_json, batches)), failed)
        with self._connection.cursor() as cursor:
            try:
                cursor.adbc_ingest(
                    name.strip('"'),
                    reader,
                    mode="append",
                    db_schema_name=schema.strip('"') or None,
                    temporary=not schema,
                )
            except Exception as error:
                if failed:
                    raise failed[0] from error
                raise

    def insert_files(self, table: str, columns: Mapping[str, str], paths: Sequence[str]) -> bool:
        """Nothing: a server reads no files of its clients."""
        return False

    def type_name(self, kind: pa.DataType) -> str:
        """What Postgres calls a type."""
        if pa.types.is_timestamp(kind):
            return "timestamptz" if kind.tz else "timestamp"
        if _is_json(kind):
            return "json"
        if pa.types.is_list(kind):
            return f"{self.type_name(kind.value_type)}[]"
        if pa.types.is_decimal(kind):
            return f"numeric({kind.precision}, {kind.scale})"
        return _TYPES[kind]

    def stored(self, field: pa.Field) -> str:
        """What a new table says of how a column is stored: nothing."""
        return ""

    def changes_table(self) -> str:
        """The name of the temporary table that changes are put in."""
        return "idweave_changes"

    def indexes(self, table: str, key: Sequence[str], columns: pa.Schema) -> list[str]:
        """A primary key of what can't be long, and what look-ups by profile and identity need.

        What is personal may be longer than the 2,704 bytes that a B-tree takes: it gets a hash.
        """
        personal = [field.name for field in columns if about(field, "personal") == "yes"]
        made = []
        if key and not set(key) & set(personal):
            made.append(f"ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(key)})")
        elif "profile_id" in columns.names:
            made.append(f"CREATE INDEX ON {table} (profile_id)")
        hashed = [name for name in ("identity_value", "record_id") if name in personal]
        looked_up = {"identities", "assignments"} & {table.rpartition(".")[2].strip('"')}
        if hashed and looked_up:
            made.append(_SORT_HASHES)
            made += [f"CREATE INDEX ON {table} USING hash ({name})" for name in hashed]
            made.append("SET LOCAL maintenance_work_mem TO DEFAULT")
        return made


def _is_json(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) or (
        pa.types.is_list(kind) and pa.types.is_nested(kind.value_type)
    )


def _in_pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches small enough that the driver makes one while the server reads the one before."""
    for batch in batches:
        for start in range(0, batch.num_rows, _PIECE):
            yield batch.slice(start, _PIECE)


def _with_json(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch with JSON texts where Postgres has no such lists."""
    places = [n for n, field in enumerate(batch.schema) if _is_json(field.type)]
    if not places:
        return batch
    with connect() as connection:
        for place in places:
            connection.register("_values", pa.table({"v": batch.column(place)}))
            query = "SELECT CAST(to_json(v) AS VARCHAR) AS v FROM _values"
            texts = as_table(connection, query)["v"].combine_chunks()
            batch = batch.set_column(place, batch.schema.names[place], texts.cast(pa.string()))
    return batch
