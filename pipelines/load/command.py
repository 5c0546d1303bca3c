"""The command `load`: a published run brought into a database."""

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.load.database import Database
from idweave.pipelines.load.held_run import Loaded, RunToLoad, identified
from idweave.pipelines.load.load_run import load_run
from idweave.pipelines.load.loaded_tables import loaded_tables
from idweave.pipelines.load.sql_dialects import DIALECTS
from idweave.pipelines.load.sql_script import script
from idweave.pipelines.log import Log
from idweave.pipelines.published.run_tables import find_run
from idweave.pipelines.wording import number

_ALLOWED = "allowed: duckdb:FILE, postgresql://…, iceberg:CATALOG.NAMESPACE, sql:NAME --print"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def load(known: argparse.Namespace) -> int:
    """Load and say what was done."""
    kind, _, where = known.to.partition(":")
    if known.schema is not None and not _NAME.fullmatch(known.schema):
        raise WrongUsage(
            f"--schema: {shown(known.schema)}: allowed: letters, digits and _, no digit first"
        )
    run = find_run(known.folder, known.run_id)
    wanted = [] if known.tables is None else known.tables.split(",")
    _check_print(kind, where, known.print)
    with run.reading():
        new = identified(run, loaded_tables(run, wanted))
    if kind == "sql":
        _print(where, new, known.schema or "idweave")
        return 0
    _tell(new, _load(kind, where, known.schema, new))
    say(run.folder)
    return 0


def _load(kind: str, where: str, schema: str | None, new: RunToLoad) -> list[Loaded] | None:
    """Load into a database. Raises WrongUsage, RunFailed."""
    if kind != "iceberg":
        with _open(kind, where) as (database, default), new.run.reading():
            return load_run(database, schema or default, new)
    if schema is not None:
        raise WrongUsage("--schema: not with iceberg:CATALOG.NAMESPACE, which names the namespace")
    if find_spec("pyiceberg") is None:
        raise WrongUsage("--to: iceberg: needs an extra: pip install 'idweave[iceberg]'")
    from idweave.pipelines.load.iceberg import open_iceberg
    from idweave.pipelines.load.load_iceberg import load_iceberg

    with open_iceberg(where) as namespace, new.run.reading():
        return load_iceberg(namespace, new)


def _check_print(kind: str, dialect: str, printed: bool) -> None:
    """Whether statements are to be printed, and whose. Raises WrongUsage."""
    if printed != (kind == "sql"):
        raise WrongUsage("--print: it goes with --to sql:NAME, which prints statements only")
    if printed and dialect not in DIALECTS:
        raise WrongUsage(f"--to: sql:{shown(dialect)}: allowed: {', '.join(DIALECTS)}")


def _print(dialect: str, new: RunToLoad, schema: str) -> None:
    run = {
        "run_id": new.run.run_id,
        "base": new.run.manifest.get("base"),
        "folder": new.folder,
        "manifest_sha256": new.manifest_sha256,
    }
    say(script(DIALECTS[dialect], run, new.tables, schema))


@contextmanager
def _open(kind: str, where: str) -> Iterator[tuple[Database, str]]:
    """A database, and its schema where none is named. Raises WrongUsage, RunFailed."""
    if kind == "duckdb" and where:
        from idweave.pipelines.load.duckdb_file import open_duckdb

        with open_duckdb(where) as database:
            yield database, "main"
        return
    if kind in ("postgresql", "postgres"):
        if find_spec("adbc_driver_postgresql") is None:
            raise WrongUsage(f"--to: {kind}: needs an extra: pip install 'idweave[postgres]'")
        from idweave.pipelines.load.postgres import open_postgres

        with open_postgres(f"{kind}:{where}") as server:
            yield server, "public"
        return
    raise WrongUsage(f"--to: {shown(kind)}: no such database; {_ALLOWED}")


def _tell(new: RunToLoad, loaded: list[Loaded] | None) -> None:
    run = new.run.run_id
    if loaded is None:
        Log().lines([f"run {run}: the database holds it already; nothing was done"])
        return
    parts = {table.name: len(table.parts) for table in new.tables}
    Log().lines([f"run {run}: {_how(of, parts[of.table])}" for of in loaded])


def _how(of: Loaded, parts: int) -> str:
    if not of.strategies_by_changes:
        return f"{of.table}: {number(of.rows, 'row')}, whole"
    rest = parts - of.strategies_by_changes
    whole = f", {rest} of {parts} strategies whole" if rest else ""
    return f"{of.table}: {number(of.rows, 'row')} by changes{whole}"
