"""Every two strategies of a run side by side: pairs of records that only one puts together."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from idweave.pipelines.published.database import one_row
from idweave.pipelines.published.profile_ids import ids_row_by_row, words_of
from idweave.pipelines.published.run_tables import RunTables

_BATCH = 131_072


class Pairs(NamedTuple):
    """Pairs of records that have a profile under both, as `idweave diff` counts them."""

    left: str
    right: str
    both: int
    left_only: int
    right_only: int


def compare_strategies(
    database: duckdb.DuckDBPyConnection, run: RunTables, strategies: Sequence[str]
) -> tuple[dict[str, int], list[Pairs]]:
    """Pairs of records together under each strategy, and under every two of them."""
    for name in strategies:
        run.paths("assignments", name)  # DuckDB would tell of damage in its own words
    places = range(len(strategies))
    schema = pa.schema([(f"{half}{n}", pa.uint64()) for n in places for half in ("high", "low")])
    reader = pa.RecordBatchReader.from_batches(schema, _row_by_row(run, strategies, schema))
    database.register("given", reader)
    database.execute(
        "CREATE OR REPLACE TABLE joint AS SELECT *, count(*)::BIGINT AS records FROM given "
        "GROUP BY ALL"
    )
    database.unregister("given")
    together = {name: _together(database, [n]) for n, name in enumerate(strategies)}
    found = []
    for left, right in combinations(places, 2):
        both = _together(database, [left, right])
        one, other = (_together(database, [a], b) for a, b in ((left, right), (right, left)))
        pair = strategies[left], strategies[right]
        found.append(Pairs(*pair, both, one - both, other - both))
    return together, found


def _row_by_row(
    run: RunTables, strategies: Sequence[str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The ids of each record under each strategy; null: it has no profile."""
    for of_part in ids_row_by_row(run, strategies):
        columns = []
        for ids in of_part:
            missing = ids.is_null().to_numpy(zero_copy_only=False)
            words = np.zeros((len(ids), 2), np.uint64)
            words[~missing] = words_of(ids.drop_null())
            columns += [pa.array(words[:, half].copy(), mask=missing) for half in (0, 1)]
        yield from pa.table(columns, schema=schema).to_batches(_BATCH)


def _together(
    database: duckdb.DuckDBPyConnection, places: Sequence[int], also: int | None = None
) -> int:
    """Pairs of records with one profile under the strategies; `also`: that have one there, too."""
    keys = ", ".join(f"high{n}, low{n}" for n in places)
    has = " AND ".join(f"high{n} IS NOT NULL" for n in [*places, *([] if also is None else [also])])
    counts = f"SELECT sum(records)::HUGEINT AS n FROM joint WHERE {has} GROUP BY {keys}"
    query = f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::HUGEINT FROM ({counts})"
    return one_row(database, query)[0]
