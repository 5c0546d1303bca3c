"""`idweave load --to sql:NAME --print`: parsed in each dialect, and one of them run in DuckDB."""

import logging
import re
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from idweave.pipelines.cli.main import main
from idweave.pipelines.load.sql_dialects import DIALECTS
from tests.pipelines.load.test_duckdb import load, tables
from tests.warehouse_page import PAGE, page

UNKNOWN = ("DROP EXTERNAL TABLE", "EXCHANGE TABLES")  # statements that sqlglot knows only by name


def printed(capsys: pytest.CaptureFixture[str], output: Path, dialect: str, run_id: str) -> str:
    capsys.readouterr()
    command = ["load", str(output), "--to", f"sql:{dialect}", "--print", "--run-id", run_id]
    assert main(command) == 0
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="sqlglot")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_statement_parses_in_its_dialect(
    chain: Path, capsys: pytest.CaptureFixture[str], dialect: str
) -> None:
    text = printed(capsys, chain, dialect, "r3")
    parsed = [one for one in sqlglot.parse(text, read=dialect) if one is not None]
    commands = [str(one.sql()) for one in parsed if isinstance(one, exp.Command)]
    assert [one for one in commands if not one.startswith(UNKNOWN)] == []
    created = {
        one.this.this.name: [column.name.lower() for column in one.this.expressions]
        for one in parsed
        if isinstance(one, exp.Create) and one.args.get("exists")
    }
    assert list(created)[:3] == ["aliases", "assignments", "audiences_gold"]
    assert created["audiences_gold"] == ["strategy", "profile_id", "scope", "member_since"]
    merged = {one.this.name for one in parsed if isinstance(one, exp.Merge)}
    told = {"assignments", "audiences_gold", "identities", "platforms_ads", "profiles"}
    assert merged == (told if DIALECTS[dialect].merges else set())
    assert "personal data" in text
    assert "site.example" not in text


def test_merging_the_changes_ends_in_the_rows_of_a_whole_load(
    chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The statements for Databricks, translated, each on a database that holds the base."""
    for base, run_id in (("r0", "r1"), ("r2", "r3")):
        held, whole = tmp_path / f"{base}.db", tmp_path / f"{run_id}-whole.db"
        assert load(chain, held, "--schema", "idweave", "--run-id", base) == 0
        assert load(chain, whole, "--schema", "idweave", "--run-id", run_id) == 0
        nightly = printed(capsys, chain, "databricks", run_id).split("-- 3. By changes")[1]
        with duckdb.connect(str(held)) as database:
            for statement in sqlglot.parse(f"-- {nightly}", read="databricks"):
                if statement is not None:
                    run_in_duckdb(database, statement)
            database.execute("DROP TABLE IF EXISTS idweave.platforms_mail" * (run_id == "r3"))
        assert tables(held, "idweave") == tables(whole, "idweave")


def run_in_duckdb(database: duckdb.DuckDBPyConnection, statement: exp.Expression) -> None:
    if isinstance(statement, exp.Create):  # a view of files
        (folder,) = re.findall(r"parquet\.`(.*)`", statement.sql("databricks"))
        rows = f"read_parquet('{folder}/*.parquet', hive_partitioning = false)"
        database.execute(f"CREATE OR REPLACE TEMP VIEW {statement.this.sql()} AS FROM {rows}")
        return
    if isinstance(statement, exp.Insert) and statement.args.get("overwrite"):
        statement.set("overwrite", False)
        if "idweave_runs" in statement.this.sql():
            return
        database.execute(f"DELETE FROM {statement.this.sql('duckdb')}")
    database.execute(statement.sql("duckdb"))


def test_the_page_is_written_from_the_tables() -> None:
    assert PAGE.read_text() == page(), "write it anew: python -m tests.warehouse_page"
