"""The tables of one piece of a resolved strategy, ready to be written."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.lasting.replace_ids import PROFILE_COLUMNS
from idweave.transforms.columnar.profiles.risks import profiles_by_risk, risky_profiles
from idweave.transforms.job import Job, StrategyPlan
from idweave.transforms.running.counts import PlatformCounts, StrategyCounts, Tally, tally
from idweave.transforms.tables import drops, platforms
from idweave.transforms.tables.registry import TABLES, OutputTable, of_strategy
from idweave.transforms.tables.resolved_piece import ResolvedPiece

_LISTING = {"identities", "profiles", "platforms"}  # they list all identities of a profile
ATTRIBUTE_TABLES = {"profiles", "platforms", "evidence", "drops"}  # what attributes are made for


def _risks(piece: ResolvedPiece) -> Tally:
    """How many profiles are risky, and how many have each risk."""
    return (("profiles", risky_profiles(piece.risks)), *profiles_by_risk(piece.risks))


class ResolvedTables(NamedTuple):
    """The tables of a piece by (table, platform or nothing), and what they count."""

    tables: dict[tuple[str, str], pa.Table]
    counts: StrategyCounts


def tables_of_pieces(job: Job, plan: StrategyPlan) -> list[OutputTable]:
    """The tables that `resolved_tables` makes, of those that were asked for."""
    return [
        output
        for output in of_strategy(job, plan)
        if output.table in ("drops", "platforms") or TABLES[output.table].of_piece is not None
    ]


def waiting_tables(job: Job, plan: StrategyPlan) -> list[OutputTable]:
    """Those of them that wait for lasting ids, where the strategy has a base."""
    return [
        output
        for output in tables_of_pieces(job, plan)
        if plan.base is not None and set(PROFILE_COLUMNS) & set(output.schema.names)
    ]


def resolved_tables(piece: ResolvedPiece) -> ResolvedTables:
    """Make every table that was asked for."""
    asked = set(piece.job.tables)
    tables = {
        (table.name, ""): table.of_piece(piece)
        for table in TABLES.values()
        if table.of_piece is not None and table.name in asked
    }
    platform_counts = []
    dropped = [drops.of_policy(piece)]
    attributes = piece.attributes if asked & ATTRIBUTE_TABLES else {}
    if attributes:
        dropped += drops.of_attributes(piece)
    for platform in piece.plan.platforms:
        found = platforms.rows(piece, platform)
        tables["platforms", platform.name] = found.rows
        dropped.append(drops.of_platform(piece, platform.name, found.refused))
        refused = len(found.refused[0])
        counts = PlatformCounts(found.rows.num_rows, found.left_out, refused)
        platform_counts.append((platform.name, counts))
    rows = pa.concat_tables(dropped)
    if "drops" in asked:
        tables["drops", ""] = rows
    rules = rows["rule"].value_counts().to_pylist()  # at most one for each rule
    largest = np.bincount(piece.listed.profile).max(initial=0) if asked & _LISTING else 0
    return ResolvedTables(
        tables,
        StrategyCounts(
            largest_profile=int(largest),
            drops=tally((rule["values"], rule["counts"]) for rule in rules),
            platforms=tuple(sorted(platform_counts)),
            sums_too_large=tally((name, made.too_large) for name, made in attributes.items()),
            risks=_risks(piece) if piece.job.risks is not None else (),
        ),
    )
