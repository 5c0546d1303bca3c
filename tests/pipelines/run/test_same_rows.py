"""Same input, same rows: in any order, for any batch size, shard count and number of workers."""

import random
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from idweave.pipelines.cli.main import main
from idweave.pipelines.simulate import simulate
from tests.pipelines.running import Run, backfill, write_config

PEOPLE = 120
NAMED = ("--run-id", "named", "--as-of", "2026-01-01")  # what `ids` tell of a run


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated world, with some records delivered twice and one changed in between."""
    folder = tmp_path_factory.mktemp("world") / "w"
    simulate(str(folder), PEOPLE, seed=5, files=3)
    events = pq.read_table(folder / "events")
    again = events.slice(100, 60)
    changed = events.slice(300, 40).drop_columns(["plan"])
    changed = changed.append_column("plan", pa.array(["changed"] * 40)).select(events.schema.names)
    pq.write_table(pa.concat_tables([again, changed]), folder / "events" / "zz-again.parquet")
    return folder


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """The world's own configuration, its paths made absolute."""
    body: dict[str, Any] = yaml.safe_load((folder / "idweave.yaml").read_text())
    for name, source in body["sources"].items():
        source["path"] = str(folder / name)
    return body | changes


@pytest.fixture(scope="module")
def plain(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that others are compared with."""
    return backfill(tmp_path_factory.mktemp("plain"), settings(world), *NAMED)


def files_of(run: Run) -> dict[str, bytes]:
    """The bytes of every part."""
    parts = sorted(run.folder.rglob("*.parquet"))
    return {str(part.relative_to(run.folder)): part.read_bytes() for part in parts}


@pytest.mark.slow
def test_the_same_files_give_the_same_bytes_by_the_direct_runner_too(
    world: Path, plain: Run, tmp_path: Path
) -> None:
    again = backfill(tmp_path, settings(world), "--runner=DirectRunner", *NAMED)
    assert files_of(again) == files_of(plain)


@pytest.mark.slow
def test_batch_sizes_shards_and_rounds_do_not_matter(
    world: Path, plain: Run, tmp_path: Path
) -> None:
    sizes = {"split_rows": 500, "shards": 7, "solve_limit": 10}
    run = backfill(tmp_path, settings(world, **sizes))
    assert run.digests() == plain.digests()
    assert run.manifest["strategies"]["everything"]["rounds"] == 2
    assert plain.manifest["strategies"]["everything"]["rounds"] == 0


@pytest.mark.slow
def test_shuffled_and_split_files_and_small_batches_give_the_same_rows(
    world: Path, plain: Run, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    for table in ("events", "crm"):
        rows = pa.concat_tables(
            pq.ParquetFile(file).read() for file in sorted((world / table).glob("*.parquet"))
        )
        order = list(range(rows.num_rows))
        random.Random(3).shuffle(order)
        rows = rows.take(pa.array(order))
        (moved / table).mkdir(parents=True)
        for part in range(5):
            chosen = list(range(part, rows.num_rows, 5))
            file = moved / table / f"{9 - part}.parquet"
            pq.write_table(rows.take(pa.array(chosen)), file, row_group_size=150)
    (moved / "idweave.yaml").write_text((world / "idweave.yaml").read_text())
    run = backfill(tmp_path, settings(moved, split_rows=211, shards=1))
    assert run.manifest["units"] > 2 * plain.manifest["units"]
    assert run.digests() == plain.digests()


@pytest.mark.slow
def test_a_refresh_gives_the_same_ids_and_changes_for_any_shards_units_and_workers(
    world: Path, plain: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Other rules than those of the base, so that ids end, split and begin; no worker says more."""
    ways = {
        "here": ["--set", "shards=3", "--set", "split_rows=600"],
        "workers": ["--direct_num_workers=2", "--direct_running_mode=multi_processing"],
    }
    runs, said = {}, {}
    for name, way in ways.items():
        output = tmp_path / name
        shutil.copytree(plain.folder.parents[1], output, symlinks=True)
        body = settings(world)
        body["strategies"]["everything"]["link_on"] = ["customer_id", "email"]
        config = write_config(tmp_path / f"{name}_in", body)
        arguments = [str(config), "--output", str(output), "--run-id", "next", *way]
        assert main(["refresh", *arguments, "--as-of", "2026-02-01"]) == 0
        runs[name] = Run(output)
        lines = capfd.readouterr().err.splitlines()
        lines = [line for line in lines if not line.startswith("read ")]  # only if it takes long
        said[name] = {" ".join(re.findall("[a-z]+", line)[:2]) for line in lines}
    assert said["workers"] == said["here"]
    one = runs.pop("here")
    assert one.manifest["strategies"]["everything"]["churn"]["split"] > 0
    for run in runs.values():
        assert run.digests() == one.digests()
        for table in ("ids", "id_changes"):
            assert run.table(table, "everything").equals(one.table(table, "everything"))


@pytest.mark.slow
def test_moving_no_records_gives_the_same_rows(world: Path, plain: Run, tmp_path: Path) -> None:
    tables = ["assignments", "identities", "drops"]
    run = backfill(tmp_path, settings(world, tables=tables, platforms={}))
    same = {(table, name) for table in tables for name in ("everything", "brand")}
    assert {key: run.digests()[key] for key in same} == {key: plain.digests()[key] for key in same}


@pytest.mark.slow
def test_rows_of_every_table_add_up_to_the_input(world: Path, plain: Run) -> None:
    read = sum(
        pq.ParquetFile(file).metadata.num_rows
        for table in ("events", "crm")
        for file in (world / table).glob("*.parquet")
    )
    for name in plain.manifest["strategies"]:
        rows = plain.rows("assignments", name)
        assert len(rows) + len(plain.quarantine()) == read
        assert sum(row["status"] == "duplicate" for row in rows) == 100
        counted = plain.manifest["strategies"][name]["counts"]["records"]
        assert sum(n for s in counted.values() for r in s.values() for n in r.values()) == read
        assigned = [row for row in rows if row["status"] == "assigned"]
        profiles = plain.rows("profiles", name)
        assert sum(profile["record_count"] for profile in profiles) == len(assigned)
        listed = plain.rows("identities", name)
        assert sum(profile["identity_count"] for profile in profiles) == len(listed)


@pytest.mark.slow
def test_a_duplicate_has_the_profile_of_the_record_that_counts(plain: Run) -> None:
    for name in plain.manifest["strategies"]:
        rows = plain.rows("assignments", name)
        counts = {
            (r["source"], r["record_id"]): r["profile_id"]
            for r in rows
            if r["status"] != "duplicate"
        }
        for row in rows:
            if row["status"] == "duplicate":
                assert row["profile_id"] == counts[row["source"], row["record_id"]]
