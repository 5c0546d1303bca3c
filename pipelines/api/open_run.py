"""A published run to read from Python: tables as datasets of Arrow, and SQL over all of them."""

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any

from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.nearest import nearest
from idweave.pipelines.published.run_tables import find_run
from idweave.pipelines.published.scan import dataset_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as ds

_STRATEGY = "strategy="
_RENAMED = " RENAME (strategy AS only_strategy)"  # a column of the table, called as `load` does


class PublishedRun:
    """One published run; nothing is read before it is asked for.

    Attributes:
        folder: of the run.
        run_id: its id.
        manifest: what it was made from and how, and what it holds.
    """

    def __init__(self, output: str, run_id: str | None = None) -> None:
        self._run = find_run(output, run_id)
        self.folder = self._run.folder
        self.run_id = self._run.run_id
        self.manifest: dict[str, Any] = self._run.manifest
        self._database: duckdb.DuckDBPyConnection | None = None

    def __repr__(self) -> str:
        return f"<idweave run {self.run_id}: {', '.join(self.tables)}>"

    def __enter__(self) -> "PublishedRun":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def strategies(self) -> list[str]:
        """The strategies that it resolved."""
        return self._run.strategies

    @property
    def tables(self) -> list[str]:
        """The names that `table` takes, each once: `identities`, `platforms/google_ads`."""
        return sorted({_name(of["folder"]) for of in self.manifest["tables"]})

    def table(self, name: str, strategy: str | None = None) -> "ds.FileSystemDataset":
        """One table, lazily scanned: `.to_table(columns=…, filter=…)`, `.head(5)`, `.to_batches()`.

        Args:
            name: one of `tables`.
            strategy: of tables of a strategy; may be left out where there is only one.

        Raises:
            WrongUsage: there is no such table, or several strategies have it and none is named.
        """
        of_name = [of for of in self.manifest["tables"] if _name(of["folder"]) == name]
        if not of_name:
            raise WrongUsage(
                f"{shown(name)}: no table of run {self.run_id}; {nearest(name, self.tables)}"
            )
        by_strategy = {of["folder"].rpartition(_STRATEGY)[2]: of for of in of_name}
        if _STRATEGY not in of_name[0]["folder"]:
            return dataset_of(self._run.files(of_name[0]["folder"]))
        if strategy is None and len(by_strategy) > 1:
            raise WrongUsage(f"{name}: strategy is needed; one of {', '.join(sorted(by_strategy))}")
        found = by_strategy.get(strategy or next(iter(by_strategy)))
        if found is None:
            raise WrongUsage(
                f"{shown(strategy)}: no strategy of {name}; {nearest(str(strategy), by_strategy)}"
            )
        return dataset_of(self._run.files(found["folder"]))

    def sql(self, query: str, *values: object) -> "duckdb.DuckDBPyRelation":
        """Ask DuckDB; each table is a view, of all strategies, with the column `strategy`.

        Signs other than letters, digits and `_` in a table's name are `_`: `platforms_google_ads`.

        Args:
            values: of the `?` in the query.

        Returns:
            A relation: `.fetchall()`, `.to_arrow_table()`, `.show()`.
        """
        if self._database is None:
            with self._run.reading():
                self._database = self._open()
        return self._database.sql(query, params=list(values))

    def close(self) -> None:
        """Close the database of `sql`."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> "duckdb.DuckDBPyConnection":
        from idweave.pipelines.published.database import connect
        from idweave.pipelines.published.scan import literal, scan

        database = connect()
        parts: dict[str, list[str]] = {}
        for of in self.manifest["tables"]:
            folder = of["folder"]
            source = scan(database, folder, self._run.files(folder))
            table, is_of_strategy, strategy = folder.partition(f"/{_STRATEGY}")
            columns = "*"
            if is_of_strategy:
                own = "strategy" in database.sql(f"SELECT * FROM {source}").columns
                columns = f"{literal(strategy)} AS strategy, *{_RENAMED if own else ''}"
            parts.setdefault(table, []).append(f"SELECT {columns} FROM {source}")
        for table, selects in parts.items():
            view = "".join(c if c.isalnum() else "_" for c in table)
            database.sql(f'CREATE VIEW "{view}" AS {" UNION ALL BY NAME ".join(selects)}')
        return database


def open_run(directory: str | os.PathLike[str], run_id: str | None = None) -> PublishedRun:
    """Open a published run.

    Args:
        directory: where runs are published, or one run's own folder.
        run_id: None: the current run.

    Raises:
        WrongUsage: there is no such run.
    """
    return PublishedRun(os.fspath(directory), run_id)


def _name(folder: str) -> str:
    """The table of a folder, without its strategy."""
    return folder.partition(f"/{_STRATEGY}")[0]
