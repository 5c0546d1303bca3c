"""The dbt package of the examples, on what `idweave load` brought into DuckDB."""

import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pyarrow.parquet as pq
import pytest
import sqlglot
import yaml

from idweave.pipelines.cli.main import main
from tests.dbt_sources import PACKAGE, SOURCES, page
from tests.pipelines.running import RunFolder

MODELS = ("current", "identity_lookup", "events_with_profiles")
Rows = list[dict[str, Any]]


def rendered(model: str, events: str) -> str:
    """A model as dbt compiles it for DuckDB; its macros are three."""
    schemas = {"idweave": "main"}
    variables = {"events_id": "id", "events_source": "web", "strategy": "all"}
    return jinja2.Template((PACKAGE / f"models/{model}.sql").read_text()).render(
        source=lambda of, table: f"{schemas[of]}.{table}" if of in schemas else events,
        var=variables.__getitem__,
        dbt=SimpleNamespace(type_string=lambda: "varchar"),
    )


def test_the_sources_are_written_from_the_tables() -> None:
    assert SOURCES.read_text() == page(), "write them anew: python -m tests.dbt_sources"
    for file in PACKAGE.glob("models/*.yml"):
        assert yaml.safe_load(file.read_text())


def test_models_are_sql_of_every_warehouse() -> None:
    for model in MODELS:
        query = rendered(model, "raw.events")
        for dialect in ("bigquery", "snowflake", "redshift", "databricks", "postgres"):
            (parsed,) = sqlglot.parse(query, read=dialect)
            assert isinstance(parsed, sqlglot.exp.Query)


def test_models_say_what_the_tables_say(chain: Path, tmp_path: Path) -> None:
    file, run = tmp_path / "x.db", RunFolder(chain / "runs/run_id=r3")
    assert main(["load", str(chain), "--to", f"duckdb:{file}"]) == 0
    events = f"'{chain.parent}/in.parquet'"
    with duckdb.connect(str(file)) as database:
        database.execute("SET TimeZone = 'UTC'")
        found: dict[str, Rows] = {
            name: database.sql(rendered(name, events)).to_arrow_table().to_pylist()
            for name in MODELS
        }
    profiles = {(of, row["profile_id"]): row for of in ("all", "careful")
                for row in run.rows("profiles", of)}  # fmt: skip
    ids = {(of, row["profile_id"]): row for of in ("all", "careful") for row in run.rows("ids", of)}
    assert {(row["strategy"], row["profile_id"]) for row in found["current"]} == set(ids)
    assert {row["status"] for row in found["current"]} >= {"live", "merged"}
    for row in found["current"]:
        told = ids[row["strategy"], row["profile_id"]]
        now = profiles.get((row["strategy"], told["current_id"]), {})
        assert (row["status"], row["current_id"]) == (told["status"], told["current_id"])
        assert row["identity_count"] == now.get("identity_count")
        assert row["last_seen"] == now.get("last_seen")
    holders: dict[tuple[str, ...], Rows] = {}
    for strategy in ("all", "careful"):
        for row in run.rows("identities", strategy):
            key = (strategy, row["scope"], row["identity_type"], row["identity_value"])
            holders.setdefault(key, []).append(row)
    assert len(found["identity_lookup"]) == len(holders)
    for row in found["identity_lookup"]:
        held = holders[row["strategy"], row["scope"], row["identity_type"], row["identity_value"]]
        assert row["profiles_with_it"] == len(held)
        assert row["last_seen"] == max(one["last_seen"] for one in held)
        assert row["profile_id"] in [one["profile_id"] for one in held]
    of_record = {row["record_id"]: row for row in run.rows("assignments", "all")
                 if row["status"] != "duplicate"}  # fmt: skip
    read = pq.read_table(chain.parent / "in.parquet").to_pylist()
    assert len(found["events_with_profiles"]) == len(read)
    for row in found["events_with_profiles"]:
        assert row["profile_id"] == of_record[row["id"]]["profile_id"]
        assert row["identity_status"] == of_record[row["id"]]["status"]


DBT = os.environ.get("IDWEAVE_DBT") or shutil.which("dbt")


@pytest.mark.skipif(DBT is None, reason="dbt is not there: make test-dbt")
def test_dbt_builds_the_package_on_a_demo(tmp_path: Path) -> None:
    """All sources' and models' tests pass; a table that breaks one fails."""
    assert main(["simulate", str(tmp_path / "world"), "--people", "300", "--seed", "7"]) == 0
    config, output = str(tmp_path / "world/idweave.yaml"), str(tmp_path / "out")
    assert main(["backfill", config, "--output", output]) == 0
    assert main(["load", output, "--to", f"duckdb:{tmp_path}/idweave.db"]) == 0
    package = shutil.copytree(PACKAGE, tmp_path / "dbt")
    files = f"{{events_files: '{tmp_path}/world/events/*.parquet'}}"
    command = [str(DBT), "build", "--project-dir", package, "--profiles-dir", package]
    environment = os.environ | {
        "IDWEAVE_DATABASE": f"{tmp_path}/idweave.db",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(
        [*command, "--vars", files], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout
    assert " WARN=0 ERROR=0 " in done.stdout
    assert "Deprecated" not in done.stdout
    with duckdb.connect(f"{tmp_path}/idweave.db") as database:
        count = "SELECT count(*), count(profile_id) FROM views.events_with_profiles"
        ((events, with_profile),) = database.execute(count).fetchall()
    assert events == len(pq.read_table(tmp_path / "world/events"))
    assert 0 < with_profile <= events
