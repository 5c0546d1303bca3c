"""The files of a run are what programs of others read, with the rows and types that are there."""

import warnings
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog

from idweave.pipelines.published.database import as_table, connect
from tests.pipelines.running import RunFolder


def told_of(chain: Path) -> list[tuple[str, list[str], pa.Table]]:
    """Of each table of a run: its folder, files and rows, as Arrow reads them."""
    run = RunFolder(chain / "runs/run_id=r2")
    found = []
    for told in run.manifest["tables"]:
        files = sorted(map(str, (run.folder / told["folder"]).glob("*.parquet")))
        rows = pa.concat_tables(pq.ParquetFile(file).read() for file in files)
        found.append((told["folder"], files, rows.replace_schema_metadata()))
    return found


def test_duckdb_and_polars_read_all_tables_as_they_are(chain: Path) -> None:
    for folder, files, rows in told_of(chain):
        query = "FROM read_parquet(?, hive_partitioning = false)"
        by_duckdb = as_table(connect(), query, files)
        assert by_duckdb.to_pylist() == rows.to_pylist(), folder
        by_polars = pl.read_parquet(files, hive_partitioning=False)
        assert by_polars.to_arrow().cast(rows.schema).to_pylist() == rows.to_pylist(), folder


def test_iceberg_takes_the_files_as_they_are(chain: Path, tmp_path: Path) -> None:
    """`add_files` copies nothing; readers find all rows, and what may be null."""
    catalog = InMemoryCatalog("here", warehouse=str(tmp_path))
    catalog.create_namespace("run")
    for number, (folder, files, rows) in enumerate(told_of(chain)):
        table = catalog.create_table(f"run.t{number}", rows.schema)
        with warnings.catch_warnings(record=True):
            table.add_files(files)
        found = table.scan().to_arrow()
        assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, rows.to_pylist())), folder
        required = [not field.nullable for field in rows.schema]
        assert [field.required for field in table.schema().fields] == required, folder


def test_all_platforms_are_read_at_once_by_the_names_of_their_columns(chain: Path) -> None:
    pattern = f"{chain}/runs/run_id=r2/platforms/*/*.parquet"
    with pytest.raises(duckdb.Error):
        duckdb.execute("FROM read_parquet(?)", [pattern]).fetchall()
    query = (
        "SELECT parse_path(filename)[-2] AS platform, * EXCLUDE (filename) "
        "FROM read_parquet(?, union_by_name = true, filename = true)"
    )
    by_duckdb = as_table(connect(), query, pattern)
    run = RunFolder(chain / "runs/run_id=r2")
    assert by_duckdb.schema.names == ["platform", "profile_id", "maids", "mail", "plan", "run_id"]
    nothing = dict.fromkeys(by_duckdb.schema.names)
    rows = [
        nothing | {"platform": name, "run_id": "r2"} | row
        for name in ("ads", "mail")
        for row in run.rows("platforms", name)
    ]
    assert by_duckdb.to_pylist() == rows
    frames = [pl.read_parquet(f"{chain}/runs/run_id=r2/platforms/{n}/*") for n in ("ads", "mail")]
    by_polars = pl.concat(frames, how="diagonal").to_dicts()
    columns = ("profile_id", "maids", "mail", "plan")
    assert by_polars == [{name: row[name] for name in columns} for row in rows]
