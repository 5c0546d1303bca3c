"""Compares two partitions of the same records: exact, in a database that may be on disk.

The partitions come as pairs of ids, one for each record or already counted; an id is two words of
64 bits. All that follows is made of the table of overlaps: which profile of the left shares how
many records with which of the right.
"""

from collections.abc import Iterable
from typing import NamedTuple

import duckdb
import pyarrow as pa

from idweave.pipelines.published.database import one_row

KINDS = ("same", "merged", "split", "mixed")
PAIRS = pa.schema(
    [(name, pa.uint64()) for name in ("left_high", "left_low", "right_high", "right_low")]
)
_LEFT, _RIGHT = "left_high, left_low", "right_high, right_low"
_COUNTED = f"SELECT {_LEFT}, {_RIGHT}, count(*)::BIGINT AS records FROM pairs GROUP BY ALL"


class KindCounts(NamedTuple):
    """Profiles and records of one kind."""

    left: int
    right: int
    records: int


class Comparison(NamedTuple):
    """What two partitions have in common; pairs are pairs of records in one profile."""

    records: int
    kinds: dict[str, KindCounts]
    pairs_both: int
    pairs_left_only: int
    pairs_right_only: int

    @property
    def moved_records(self) -> int:
        """Records whose profile is not the same on both sides."""
        return self.records - self.kinds["same"].records

    @property
    def agreement(self) -> float | None:
        """The share of the pairs together on either side that are so on both; None: no pairs."""
        either = self.pairs_both + self.pairs_left_only + self.pairs_right_only
        return self.pairs_both / either if either else None


def count_overlaps(database: duckdb.DuckDBPyConnection, pairs: Iterable[pa.RecordBatch]) -> None:
    """Make the table `counted` of pairs of ids, one for each record, with columns as PAIRS."""
    reader = pa.RecordBatchReader.from_batches(PAIRS, pairs)
    database.register("pairs", reader)
    database.execute(f"CREATE TABLE counted AS {_COUNTED}")
    database.unregister("pairs")


def compare(database: duckdb.DuckDBPyConnection) -> Comparison:
    """Compare the partitions of the table `counted`; makes `shared`, with each row's kind.

    Args:
        database: has `counted`: PAIRS and `records`, a row for each two profiles that share some.
    """
    _make_overlaps(database)
    kinds = {kind: KindCounts(0, 0, 0) for kind in KINDS}
    for kind, left, right, records in database.execute(_KINDS).fetchall():
        kinds[kind] = KindCounts(left, right, records)
    (both,) = one_row(database, _together("counted"))
    (left,) = one_row(database, _together("lefts"))
    (right,) = one_row(database, _together("rights"))
    records = sum(of.records for of in kinds.values())
    return Comparison(records, kinds, both, left - both, right - both)


def _make_overlaps(database: duckdb.DuckDBPyConnection) -> None:
    """The overlaps with the sizes of both profiles, in how many each lies, and the kind."""
    for side, columns in (("left", _LEFT), ("right", _RIGHT)):
        database.execute(
            f"CREATE TABLE {side}s AS SELECT {columns}, sum(records)::BIGINT AS records, "
            f"count(*)::BIGINT AS parts FROM counted GROUP BY ALL"
        )
    database.execute(
        f"""CREATE TABLE sized AS
        SELECT counted.*, lefts.records AS left_records, lefts.parts AS left_parts,
          rights.records AS right_records, rights.parts AS right_parts
        FROM counted JOIN lefts USING ({_LEFT}) JOIN rights USING ({_RIGHT})"""
    )
    # a profile in several of the other side is no union of them if one of them has more elsewhere
    database.execute(
        f"""CREATE TABLE shared AS
        SELECT sized.*, CASE
          WHEN left_parts = 1 AND right_parts = 1 THEN 'same'
          WHEN left_parts = 1 AND no_union_right.right_high IS NULL THEN 'merged'
          WHEN right_parts = 1 AND no_union_left.left_high IS NULL THEN 'split'
          ELSE 'mixed' END AS kind
        FROM sized
        LEFT JOIN (SELECT DISTINCT {_RIGHT} FROM sized WHERE left_parts > 1) no_union_right
          USING ({_RIGHT})
        LEFT JOIN (SELECT DISTINCT {_LEFT} FROM sized WHERE right_parts > 1) no_union_left
          USING ({_LEFT})"""
    )
    database.execute("DROP TABLE sized")


_KINDS = f"""
WITH others AS (SELECT * FROM shared WHERE kind <> 'same'),
  lefts_of AS (SELECT kind, count(*) AS profiles
    FROM (SELECT DISTINCT kind, {_LEFT} FROM others) GROUP BY kind),
  rights_of AS (SELECT kind, count(*) AS profiles
    FROM (SELECT DISTINCT kind, {_RIGHT} FROM others) GROUP BY kind),
  records_of AS (SELECT kind, count(*) AS rows, sum(records) AS records
    FROM shared GROUP BY kind)
SELECT kind, coalesce(lefts_of.profiles, rows), coalesce(rights_of.profiles, rows), records
FROM records_of LEFT JOIN lefts_of USING (kind) LEFT JOIN rights_of USING (kind)"""


def _together(table: str) -> str:
    """Pairs of records in one row of a table; of 128 bits, so exact up to 2^63 records."""
    pairs = "sum(records::HUGEINT * (records - 1)::HUGEINT // 2)"
    return f"SELECT coalesce({pairs}, 0)::HUGEINT FROM {table}"
