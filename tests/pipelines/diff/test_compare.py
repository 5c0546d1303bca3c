"""Two partitions compared, against a program that looks at every pair of records."""

from itertools import combinations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.pipelines.diff.compare import (
    KINDS,
    PAIRS,
    Comparison,
    KindCounts,
    compare,
    count_overlaps,
)
from idweave.pipelines.published.database import database

LARGEST = 2**63 - 1


def by_looking_at_all(left: list[int], right: list[int]) -> Comparison:
    """The definition: profiles as sets of records, pairs one by one."""
    sides = []
    for labels in (left, right):
        sets: dict[int, set[int]] = {}
        for record, label in enumerate(labels):
            sets.setdefault(label, set()).add(record)
        sides.append(list(sets.values()))

    def union_of_several(whole: set[int], parts: list[set[int]]) -> bool:
        inside = [part for part in parts if part <= whole]
        return len(inside) > 1 and set().union(*inside) == whole

    merged = [whole for whole in sides[1] if union_of_several(whole, sides[0])]
    split = [whole for whole in sides[0] if union_of_several(whole, sides[1])]
    same = [one for one in sides[0] if one in sides[1]]
    of: dict[str, tuple[list[set[int]], list[set[int]]]] = {
        "same": (same, same),
        "merged": ([p for p in sides[0] if any(p <= w for w in merged)], merged),
        "split": (split, [p for p in sides[1] if any(p <= w for w in split)]),
    }
    rest = [[p for p in sides[s] if not any(p in found[s] for found in of.values())]
            for s in (0, 1)]  # fmt: skip
    of["mixed"] = rest[0], rest[1]
    kinds = {kind: KindCounts(len(a), len(b), sum(map(len, a))) for kind, (a, b) in of.items()}
    pairs = list(combinations(range(len(left)), 2))
    together = [(left[a] == left[b], right[a] == right[b]) for a, b in pairs]
    counts = (together.count(one) for one in ((True, True), (True, False), (False, True)))
    return Comparison(len(left), kinds, *counts)


def batches(left: list[int], right: list[int]) -> list[pa.RecordBatch]:
    """Pairs of ids, split in the middle; a label's halves differ so that both must be compared."""
    columns = [np.array(side, np.uint64) for side in (left, right)]
    words = [half for side in columns for half in (side % np.uint64(2), side // np.uint64(2))]
    table = pa.table(words, schema=PAIRS)
    middle = len(left) // 2
    return table[:middle].to_batches() + table[middle:].to_batches()


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    with database() as connection:
        yield connection


def emptied(opened: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for table in ("counted", "lefts", "rights", "shared"):
        opened.execute(f"DROP TABLE IF EXISTS {table}")
    return opened


RECORDS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(records=RECORDS)
def test_kinds_and_pairs_are_those_of_every_pair_of_records(
    opened: duckdb.DuckDBPyConnection, records: list[tuple[int, int]]
) -> None:
    left, right = [a for a, _ in records], [b for _, b in records]
    database = emptied(opened)
    count_overlaps(database, batches(left, right))
    assert compare(database) == by_looking_at_all(left, right)


def test_pairs_are_counted_exactly_beyond_64_bits(opened: duckdb.DuckDBPyConnection) -> None:
    database = emptied(opened)
    zeros = {name: pa.array([0, 0], pa.uint64()) for name in PAIRS.names}
    rows = pa.table(zeros | {"right_low": pa.array([0, 1], pa.uint64()),
                             "records": pa.array([LARGEST - 5, 5], pa.int64())})  # fmt: skip
    database.register("rows", rows)
    database.execute("CREATE TABLE counted AS SELECT * FROM rows")
    found = compare(database)
    both = (LARGEST - 5) * (LARGEST - 6) // 2 + 10
    assert (found.pairs_both, found.pairs_left_only) == (
        both,
        LARGEST * (LARGEST - 1) // 2 - both,
    )
    assert found.kinds == {kind: KindCounts(0, 0, 0) for kind in KINDS} | {
        "split": KindCounts(1, 2, LARGEST)
    }
