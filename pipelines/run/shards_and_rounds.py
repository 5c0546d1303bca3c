"""How much there is to do, from what files tell without being read: what is cut into how many."""

import math
from collections.abc import Sequence

from idweave.pipelines.run.layouts import Layout
from idweave.pipelines.settings import Settings

_SHARDS_OF_UNIT = 4  # a shard has the records of a fourth of a unit, or more
_TEXT_BYTES = 64  # of a record in JSON or CSV, and rather more
_EXCHANGE_SHARDS = 16  # at least; 4, 16 or 64 are within the noise of each other
_SHARD_UNITS = 10  # an exchange shard holds at most the values of so many units' records
_LITTLE = 500_000  # values, or rows of the base, of which no shard takes long
_FEW = 3  # of them: each shard more is files and calls for each strategy, and for pairs of shards
_LEAST_TEXT_BYTES = 8  # of a record in JSON or CSV, packed or not, at least
_LEFT_BY_A_ROUND = 0.75  # of the edges, at most
_MOST_ROUNDS = 40  # 0.75**40 is 1e-5


def estimate(layouts: Sequence[Layout], settings: Settings) -> tuple[int, int]:
    """At most how many records and identity values there may be."""
    rows = values = 0
    for layout in layouts:
        columns = sum(len(c) for c in settings.sources[layout.file.source].identities.values())
        of_file = layout.file.size // _LEAST_TEXT_BYTES + 1
        if layout.schema is not None:
            of_file = sum(layout.rows)
        rows += of_file
        values += of_file * max(1, columns)
    return rows, values


def shards_for(layouts: Sequence[Layout], settings: Settings) -> int:
    """As many as configured, but fewer for few records: a file for each would be small."""
    rows = sum(
        sum(layout.rows) if layout.schema is not None else layout.file.size // _TEXT_BYTES
        for layout in layouts
    )
    return min(settings.shards, math.ceil(rows * _SHARDS_OF_UNIT / settings.split_rows) or 1)


def exchange_shards_for(values: int, shards: int, settings: Settings) -> int:
    """So many that the values of a shard fit into memory; few where there is little to spread.

    Args:
        shards: output files; several are made of whole exchange shards.
    """
    least = _FEW if shards == 1 and values <= _LITTLE else _EXCHANGE_SHARDS
    return max(least, math.ceil(values / settings.split_rows / _SHARD_UNITS))


def with_base_of(exchange_shards: int, rows: int) -> int:
    """As many, or more for a table of the base: it may have had more than there is now."""
    return exchange_shards if rows <= _LITTLE else max(exchange_shards, _EXCHANGE_SHARDS)


def rounds_for(values: int, limit: int) -> int:
    """Rounds of contraction that may be needed until so many edges are left."""
    if values <= limit:
        return 0
    return min(_MOST_ROUNDS, math.ceil(math.log(values / limit) / -math.log(_LEFT_BY_A_ROUND)))
