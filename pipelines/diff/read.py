"""Brings the profiles that two sides give the same records together."""

import secrets
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.diff.compare import PAIRS, count_overlaps
from idweave.pipelines.published.database import one_row
from idweave.pipelines.published.parts import opened
from idweave.pipelines.published.profile_ids import ids_row_by_row, words_of
from idweave.pipelines.published.run_tables import RunTables
from idweave.transforms.columnar.arrays.row_digest import row_hashes
from idweave.transforms.columnar.vocabulary import Status

_BATCH = 131_072
_KEYED = pa.schema([(name, pa.uint64()) for name in ("key_high", "key_low", "high", "low")])
_JOINED = """CREATE TABLE counted AS
SELECT l.high AS left_high, l.low AS left_low, r.high AS right_high, r.low AS right_low,
  count(*)::BIGINT AS records
FROM keyed_left l JOIN keyed_right r USING (key_high, key_low) GROUP BY ALL"""


class Side(NamedTuple):
    """One partition: a strategy of a run."""

    run: RunTables
    strategy: str

    @property
    def name(self) -> str:
        """As the command line has it."""
        return f"{self.run.run_id}:{self.strategy}"


class OneSided(NamedTuple):
    """Records that can't be compared: they have a profile on one side only."""

    left: int
    right: int


def read_overlaps(database: duckdb.DuckDBPyConnection, left: Side, right: Side) -> OneSided:
    """Make the table `counted` of two sides: of one run row by row, of two by source and id.

    A record that was seen twice counts once: rows with status `duplicate` are left out.

    Raises:
        RunFailed: two strategies of one run have other rows.
    """
    seen = {"left": 0, "right": 0}
    if left.run.folder == right.run.folder:
        count_overlaps(database, _row_by_row(left, right, seen))
        return OneSided(**seen)
    secret = secrets.randbits(64), secrets.randbits(64)
    for name, side in (("left", left), ("right", right)):
        batches = partial(_keyed, side, name, seen, secret)
        database.register(f"keyed_{name}", pa.RecordBatchReader.from_batches(_KEYED, batches()))
    database.execute(_JOINED)
    (both,) = one_row(database, "SELECT coalesce(sum(records), 0)::BIGINT FROM counted")
    return OneSided(seen["left"] - both, seen["right"] - both)


def _row_by_row(left: Side, right: Side, seen: dict[str, int]) -> Iterator[pa.RecordBatch]:
    for ids in ids_row_by_row(left.run, [left.strategy, right.strategy]):
        has = [pc.is_valid(column) for column in ids]
        both = pc.and_(*has)
        together = pc.sum(both).as_py() or 0
        for name, valid in zip(("left", "right"), has, strict=True):
            seen[name] += (pc.sum(valid).as_py() or 0) - together
        words = [words_of(column.filter(both)) for column in ids]
        columns = [words[side][:, word].copy() for side in (0, 1) for word in (0, 1)]
        yield from pa.table(columns, schema=PAIRS).to_batches(_BATCH)


def _keyed(
    side: Side, name: str, seen: dict[str, int], secret: tuple[int, int]
) -> Iterator[pa.RecordBatch]:
    """Records by a hash of source and id, 128 bits under a key that nobody knows beforehand."""
    wanted = ["source", "record_id", "profile_id", "status"]
    for path in side.run.paths("assignments", side.strategy):
        with opened(path) as file:
            for batch in pq.ParquetFile(file).iter_batches(_BATCH, columns=wanted):
                rows = batch.filter(pc.equal(batch["status"], Status.ASSIGNED.text))
                seen[name] += rows.num_rows
                words = words_of(rows["profile_id"].cast(pa.string()))
                hashes = row_hashes(
                    pa.Table.from_batches([rows.select(["source", "record_id"])]), secret
                )
                halves = [of[:, half].copy() for of in (hashes, words) for half in (0, 1)]
                yield pa.record_batch(halves, schema=_KEYED)
