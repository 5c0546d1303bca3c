"""Writes the sources of examples/dbt anew from the tables: `python -m tests.dbt_sources`."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from idweave.pipelines.load.held_run import RUNS, RUNS_COLUMNS
from idweave.pipelines.load.loaded_tables import (
    STRATEGY,
    comment_of,
    database_name,
    with_strategy,
)
from idweave.transforms.tables.registry import TABLES
from idweave.transforms.tables.table import Table, every_job
from tests.outputs_page import WORDS

PACKAGE = Path(__file__).parents[1] / "examples" / "dbt"
SOURCES = PACKAGE / "models" / "idweave.yml"
_DEMO = {"platforms": ("google_ads", "meta")}  # whose tables have names of the configuration
_WHERE = {  # rows of which the key holds
    "assignments": "status <> 'duplicate'",
    "decisions": "scope is not null",
}
_OF_PROFILES = ("assignments", "identities", "evidence", "risks", "platforms", "audiences")
_WORDS = {name: words for of, words in WORDS.items() for name in re.findall(r"[\w.]+", of)}
_HEAD = """# Written by `python -m tests.dbt_sources` from the tables that `idweave load` makes.
"""


def page() -> str:
    """The whole file."""
    tables = []
    for table in TABLES.values():
        if not table.name.startswith("changes/"):
            names = _DEMO.get(table.name, ()) if table.one_for == "name" else ("",)
            tables += [_table(table, database_name(table.name, name)) for name in names]
    source = {
        "name": "idweave",
        "schema": "{{ var('idweave_schema') }}",
        "description": "The run that `idweave load` brought here last; see `idweave_runs`.",
        "tables": [*tables, _runs()],
    }
    body = yaml.safe_dump({"sources": [source]}, sort_keys=False, width=100, allow_unicode=True)
    return _HEAD + body


def _table(table: Table, name: str) -> dict[str, Any]:
    columns = list(table.columns)
    key = list(table.key)
    if table.one_for != "run":
        columns, key = with_strategy(columns), [STRATEGY.name, *key]
    told: dict[str, Any] = {"name": name, "description": f"A row: {table.about}."}
    if table.made_for is not every_job:
        told["config"] = {"enabled": f"{{{{ var('{table.name}', false) }}}}"}
    told["columns"] = [_column(table, field) for field in columns]
    if table.key:
        test: dict[str, Any] = {"arguments": {"columns": key}}
        if table.name in _WHERE:
            test["config"] = {"where": _WHERE[table.name]}
        told["data_tests"] = [{"unique_together": test}]
    return told


def _column(table: Table, field: pa.Field) -> dict[str, Any]:
    tests: list[Any] = [] if field.nullable else ["not_null"]
    words = _WORDS.get(f"{table.name}.{field.name}")
    if words is not None:
        values = [word.text for word in words if word.text]
        tests.append({"accepted_values": {"arguments": {"values": values}}})
    if field.name == "profile_id" and table.name in _OF_PROFILES:
        there = {"to": "source('idweave', 'profiles')", "field": field.name}
        tests.append({"relationships": {"arguments": there}})
    told: dict[str, Any] = {"name": field.name, "description": comment_of(field)}
    return told | ({"data_tests": tests} if tests else {})


def _runs() -> dict[str, Any]:
    columns: list[dict[str, Any]] = [
        {"name": name, "description": says} for name, says in RUNS_COLUMNS.items()
    ]
    columns[0]["data_tests"] = ["not_null", "unique"]
    about = "The run that the tables of idweave hold here: one row."
    return {"name": RUNS, "description": about, "columns": columns}


if __name__ == "__main__":
    SOURCES.write_text(page())
