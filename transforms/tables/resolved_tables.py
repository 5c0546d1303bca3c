"""The tables of one piece of a resolved strategy, ready to be written."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from idweave.transforms.job import Job, StrategyPlan
from idweave.transforms.tables import drops, platforms
from idweave.transforms.tables.registry import TABLES, OutputTable, of_strategy
from idweave.transforms.tables.resolved_piece import ResolvedPiece

_LISTING = {"identities", "profiles", "platforms"}  # they list all identities of a profile


def tables_of_pieces(job: Job, plan: StrategyPlan) -> list[OutputTable]:
    """The tables that `resolved_tables` makes, of those that were asked for."""
    return [
        output
        for output in of_strategy(job, plan)
        if output.table in ("drops", "platforms") or TABLES[output.table].of_piece is not None
    ]


def resolved_tables(
    piece: ResolvedPiece, counts: Counter[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Every table that was asked for, under (table, platform or nothing).

    Args:
        counts: gets what was dropped, the platforms' rows and the largest profile.
    """
    asked = set(piece.job.tables)
    if asked & _LISTING:
        largest = int(np.bincount(piece.listed.profile).max(initial=0))
        counts["largest profile",] = max(counts["largest profile",], largest)
    for table in TABLES.values():
        if table.of_piece is not None and table.name in asked:
            yield (table.name, ""), table.of_piece(piece)
    dropped = [drops.of_policy(piece)]
    for platform in piece.plan.platforms:
        found = platforms.rows(piece, platform)
        yield ("platforms", platform.name), found.rows
        dropped.append(drops.of_platform(piece, platform.name, found.refused))
        counts["platforms", platform.name, "written"] += found.rows.num_rows
        counts["platforms", platform.name, "left out"] += found.left_out
        counts["platforms", platform.name, "not normalisable"] += len(found.refused[0])
    table_of_drops = pa.concat_tables(dropped)
    for rule in table_of_drops["rule"].value_counts().to_pylist():  # at most one for each rule
        counts["drops", rule["values"]] += rule["counts"]
    if "drops" in asked:
        yield ("drops", ""), table_of_drops
