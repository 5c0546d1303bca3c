"""Somebody who reads a DuckDB file or a Postgres server while others load."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

Rows = dict[str, list[str]]  # of each table, as texts in one order
Counts = tuple[str, tuple[int, ...]]  # the run, and the rows of each table


class DuckDBReader:
    """Each place is a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def options(self, place: str) -> list[str]:
        """Of `load`, to load into a place of the database."""
        return ["--to", f"duckdb:{self._folder}/{place}.db"]

    def tables(self, place: str) -> list[str]:
        """The names of the tables of a place, but for the one that tells of loads."""
        query = "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'idweave_runs'"
        with duckdb.connect(f"{self._folder}/{place}.db", read_only=True) as database:
            return sorted(name for (name,) in database.execute(query).fetchall())

    def counts(self, place: str, tables: Sequence[str]) -> Counts | None:
        """What the place holds at one moment; None: a load has the file open."""
        try:
            database = duckdb.connect(f"{self._folder}/{place}.db", read_only=True)
        except duckdb.IOException:
            return None
        with database:
            (row,) = database.execute(_counting("main", tables)).fetchall()
        return row[0], row[1:]

    def rows(self, place: str) -> Rows:
        """All rows of a place."""
        with duckdb.connect(f"{self._folder}/{place}.db", read_only=True) as database:
            return {
                name: sorted(map(repr, database.execute(f"FROM {name}").fetchall()))
                for name in self.tables(place)
            }

    def is_at_rest(self) -> bool:
        """There is no server."""
        return True


class PostgresReader:
    """Each place is a schema."""

    def __init__(self, url: str, *more: str) -> None:
        self._url = url
        self._more = more  # options of `load`

    def options(self, place: str) -> list[str]:
        """Of `load`, to load into a place of the database."""
        return ["--to", self._url, "--schema", place, *self._more]

    def tables(self, place: str) -> list[str]:
        """The names of the tables of a place, but for the one that tells of loads."""
        query = f"SELECT tablename::text FROM pg_tables WHERE schemaname = '{place}'"
        return sorted(name for (name,) in self._asked(query) if name != "idweave_runs")

    def counts(self, place: str, tables: Sequence[str]) -> Counts | None:
        """What the place holds at one moment: one statement sees one."""
        ((run, *counts),) = self._asked(_counting(place, tables))
        return str(run), tuple(map(int, counts))

    def rows(self, place: str) -> Rows:
        """All rows of a place."""
        return {
            name: sorted(text for (text,) in self._asked(f"SELECT t::text FROM {place}.{name} t"))
            for name in self.tables(place)
        }

    def is_at_rest(self) -> bool:
        """The server may still roll back, or commit what it was told."""
        query = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        ((others,),) = self._asked(query)
        return int(others) == 0

    def _asked(self, query: str) -> list[tuple[str, ...]]:
        import adbc_driver_postgresql.dbapi as adbc

        with adbc.connect(self._url) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())


def _counting(schema: str, tables: Sequence[str]) -> str:
    counts = ", ".join(f"(SELECT count(*) FROM {schema}.{name})" for name in tables)
    return f"SELECT (SELECT run_id FROM {schema}.idweave_runs), {counts}"
