"""The command `diff`: two partitions of records compared on full data."""

import argparse
import json
import os

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.diff.compare import compare
from idweave.pipelines.diff.examples import largest
from idweave.pipelines.diff.page import as_json, page
from idweave.pipelines.diff.read import Side, read_overlaps
from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.published.database import as_batches, database
from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.profile_ids import texts_of
from idweave.pipelines.published.run_tables import find_run
from idweave.transforms.exchange.store import AtomicFile, files_in

_BATCH = 131_072
_COLUMNS = ("left_profile_id", "right_profile_id", "records")


def diff(known: argparse.Namespace) -> int:
    """Compare on standard output; the exit status is 0 whatever the answer is."""
    left, right = (find_side(known.folder, text) for text in (known.left, known.right))
    folder = known.output and (known.output.rstrip("/") or "/")
    if folder is not None:
        check_folder(folder)
    names = left.name, right.name
    with left.run.reading(), right.run.reading(), database() as base:
        one_sided = read_overlaps(base, left, right)
        found = compare(base)
        examples = largest(base, left, right)
        if folder is not None:
            write_overlaps(base, folder)
    if known.json:
        say(json.dumps(as_json(names, found, one_sided, examples), indent=2))
    else:
        say(page(names, found, one_sided, examples))
    return 0


def find_side(output: str, text: str) -> Side:
    """`[RUN_ID:]STRATEGY` of an output folder.

    Raises:
        WrongUsage: there is no such run or strategy, or it wrote no assignments.
        RunFailed: they are damaged.
    """
    run_id, _, strategy = text.rpartition(":")
    run = find_run(output, run_id or None)
    run.check_strategy(strategy)
    run.check_tables(["assignments"], strategy, "diff")
    run.paths("assignments", strategy)  # DuckDB, which reads them, tells of damage in its own words
    return Side(run, strategy)


def check_folder(folder: str) -> None:
    """Refuse a folder with files that no diff wrote: they would be replaced, or read with ours.

    Raises:
        WrongUsage: there are some, or it is a file.
    """
    others = [file.path for file in files_in(folder, "*") if not _is_ours(file.path)]
    if others or os.path.isfile(folder):
        what = "a file" if not others else "holds other files"
        raise WrongUsage(f"--output: {shown(folder)}: {what}; name a new folder or an empty one")


def _is_ours(path: str) -> bool:
    try:
        with opened(path) as file:
            return pq.read_schema(file).names == list(_COLUMNS)
    except (pa.ArrowException, OSError):
        return False


def write_overlaps(base: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Write which profiles share how many records, in the order of their ids."""
    query = "SELECT left_high, left_low, right_high, right_low, records FROM shared ORDER BY ALL"
    schema = pa.schema(
        [(_COLUMNS[0], pa.string()), (_COLUMNS[1], pa.string()), (_COLUMNS[2], pa.int64())]
    )
    with (
        AtomicFile(f"{folder}/part-00000.parquet") as file,
        pq.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        for batch in as_batches(base, query, _BATCH):
            ids = [texts_of(batch[place], batch[place + 1]) for place in (0, 2)]
            writer.write_table(pa.table([*ids, batch["records"]], schema=schema))
