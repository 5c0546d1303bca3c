"""How much there is to do, from what files tell without being read: what is cut into how many."""

import math
from collections.abc import Sequence

from idweave.pipelines.run.layouts import Layout
from idweave.pipelines.settings import Settings

_SHARDS_OF_UNIT = 4  # a shard has the records of a fourth of a unit, or more
_TEXT_BYTES = 64  # of a record in JSON or CSV, and rather more


def estimate(layouts: Sequence[Layout], settings: Settings) -> tuple[int, int]:
    """At most how many records and identity values there may be."""
    rows = values = 0
    for layout in layouts:
        columns = sum(len(c) for c in settings.sources[layout.file.source].identities.values())
        of_file = sum(layout.rows) if layout.schema is not None else layout.file.size // 8 + 1
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


def rounds_for(values: int, limit: int) -> int:
    """Rounds of contraction that may be needed: a round leaves at most some 0.75 of the edges."""
    if values <= limit:
        return 0
    return min(40, math.ceil(math.log(values / limit) / -math.log(0.75)))
