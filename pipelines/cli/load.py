"""`idweave load`: a run brought into a database, whole or by its changes."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.options import know_file_systems

EPILOG = """databases:
  duckdb:FILE      a file of DuckDB
  postgresql://USER@HOST:PORT/DATABASE
                   a server; the password from PGPASSWORD or ~/.pgpass, never from here
  iceberg:CATALOG.NAMESPACE
                   tables of Iceberg in a catalog that pyiceberg is configured for
  sql:NAME --print statements for bigquery, snowflake, redshift, databricks or clickhouse, to be run
                   there; nothing is loaded

Readers of the database see one run whole, before or after. The table idweave_runs says which; in
Iceberg it names the snapshots of its run, as tables are committed one after the other there.

exit status:
  0  done, or the database holds the run already
  1  it failed; nothing was changed in the database
  2  wrong usage"""


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the runs")
    add("--to", required=True, metavar="URL", help="the database, see below")
    add("--schema", metavar="NAME", help="the schema of the database that the tables go to")
    add("--tables", metavar="T,…", help="these tables and no others; default: all of the run")
    add("--print", action="store_true", help="with sql:NAME: print the statements")
    add("--run-id", metavar="ID", help="of another run than the current one")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Load what was published."""
    from idweave.pipelines.load.command import load

    know_file_systems(known.folder)
    return load(known)
