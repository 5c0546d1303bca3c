"""How many shards a run has: small inputs don't make small files."""

from pathlib import Path

import pyarrow as pa
import pytest

from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.run.layouts import Layout
from idweave.pipelines.run.shards_and_rounds import (
    exchange_shards_for,
    shards_for,
    with_base_of,
)
from idweave.pipelines.settings import load
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import backfill, write_config


@pytest.mark.parametrize(
    ("rows", "shards"),
    [(0, 1), (10_000, 1), (125_000, 1), (125_001, 2), (1_000_000, 8), (10_000_000, 8)],
)
def test_a_shard_has_the_records_of_a_fourth_of_a_unit_or_more(
    tmp_path: Path, rows: int, shards: int
) -> None:
    settings = load(str(write_config(tmp_path, small(tmp_path, shards=8))))
    file = InputFile("web", "in.parquet", "parquet", 1, "", ())
    layouts = [Layout(file, None, pa.schema({}), (rows,), (1,))]
    assert shards_for(layouts, settings) == shards


@pytest.mark.parametrize(
    ("values", "shards", "exchange_shards"),
    [(0, 1, 3), (500_000, 1, 3), (500_001, 1, 16), (20, 2, 16), (10**9, 8, 200)],
)
def test_little_is_spread_over_few_shards_and_much_over_as_many_as_memory_wants(
    tmp_path: Path, values: int, shards: int, exchange_shards: int
) -> None:
    settings = load(str(write_config(tmp_path, small(tmp_path))))
    assert exchange_shards_for(values, shards, settings) == exchange_shards


def test_a_large_base_is_spread_as_it_was() -> None:
    assert [with_base_of(3, rows) for rows in (0, 500_000, 500_001)] == [3, 3, 16]
    assert with_base_of(200, 500_001) == 200


def test_a_small_run_writes_one_file_for_each_table(tmp_path: Path) -> None:
    run = backfill(tmp_path, small(tmp_path, shards=8), "--run-id", "few")
    files = [path.parent for path in run.folder.rglob("*.parquet")]
    assert len(files) == len(set(files)) == len(run.manifest["tables"])
    assert {table["files"] for table in run.manifest["tables"]} == {1}
