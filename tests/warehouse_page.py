"""Writes docs/warehouse-sql.md anew from the tables: `python -m tests.warehouse_page`."""

from pathlib import Path

import pyarrow as pa

from idweave.pipelines.load.loaded_tables import STRATEGY, Files, LoadedTable, Part
from idweave.pipelines.load.sql_dialects import DIALECTS, Dialect
from idweave.pipelines.load.sql_script import script
from idweave.transforms.tables.registry import TABLES

PAGE = Path(__file__).parents[1] / "docs" / "warehouse-sql.md"
_BUCKETS = {"bigquery": "gs://BUCKET/out", "databricks": "s3://BUCKET/out"}
_HEAD = """# Statements for warehouses

**By the book, not run there**: these statements follow the warehouses' manuals and are parsed by
sqlglot in their dialects; what a parser can check is checked, no more. Those of Databricks are
also translated to DuckDB and run there, which shows that MERGE ends in the rows of a whole load.

```
idweave load DIR --to sql:NAME --print [--schema NAME] [--tables T,…] [--run-id ID]
```

prints them for all tables of a run, made from the tables' columns: with its attributes, platforms,
audiences and groups. Nothing is connected to. Section 1 makes the tables, 2 loads the run whole, 3
instead applies its changes to its base; a scheduler takes 3 where `idweave_runs` holds the base
and 2 everywhere else. Tables that the run lacks (a platform that is no more) are not dropped.
What the tables mean, and which hold personal data: [warehouse.md](warehouse.md). Below, for each
warehouse, what is printed for the table `identities`; this page is written by `python -m
tests.warehouse_page`.
"""


def page() -> str:
    """The whole page."""
    sections = [
        f"## {of.title}\n\n```sql\n{of_table(of, 'identities')}\n```\n" for of in DIALECTS.values()
    ]
    return "\n".join([_HEAD, *sections])


def of_table(of: Dialect, name: str) -> str:
    """The script for one table of one strategy."""
    table = TABLES[name]
    folder = _BUCKETS.get(of.name, "s3://BUCKET/out")
    run = f"{folder}/runs/run_id=2026-11-02"
    whole, changes = (
        Files((f"{run}/{below}{name}/strategy=careful/part-00000.parquet",), 0)
        for below in ("", "changes/")
    )
    columns = pa.schema([STRATEGY, *table.columns])
    loaded = LoadedTable(
        name, table, columns, (Part("careful", tuple(table.columns.names), whole, changes),)
    )
    facts = {"run_id": "2026-11-02", "base": "2026-11-01", "folder": folder}
    return script(of, {**facts, "manifest_sha256": "0" * 64}, [loaded], "idweave")


if __name__ == "__main__":
    PAGE.write_text(page())
