"""The tables of one piece of a resolved strategy, ready to be written."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from idweave.transforms.columnar.lasting.replace_ids import PROFILE_COLUMNS
from idweave.transforms.columnar.profiles.listed_counts import appearances, two_largest
from idweave.transforms.columnar.profiles.risks import profiles_by_risk, risky_profiles
from idweave.transforms.job import Job, StrategyPlan
from idweave.transforms.running.counts import (
    PlatformCounts,
    StrategyCounts,
    Tally,
    add_strategies,
    tally,
)
from idweave.transforms.tables import drops, platforms
from idweave.transforms.tables.condition_rows import condition_rows
from idweave.transforms.tables.drafts import (
    CONDITIONS,
    DROPS,
    Judgement,
    Key,
    draft,
    draft_drops,
    draft_keys,
    judge_drafts,
)
from idweave.transforms.tables.group_rows import GROUP_ROWS
from idweave.transforms.tables.registry import TABLES, OutputTable, of_strategy
from idweave.transforms.tables.resolved_piece import ResolvedPiece

_LISTING = {"identities", "profiles", "platforms", "audiences"}  # list all identities
_ATTRIBUTE_TABLES = {"profiles", "platforms", "evidence", "drops", "audiences"}


def _risks(piece: ResolvedPiece) -> Tally:
    """How many profiles are risky, and how many have each risk."""
    return (("profiles", risky_profiles(piece.risks)), *profiles_by_risk(piece.risks))


def _of_listing(piece: ResolvedPiece) -> dict[str, Any]:
    """What is counted of all identities that profiles list."""
    largest = two_largest(piece.listed.profile)
    types = tuple(_types(piece))
    return {"largest_profile": largest[0], "two_largest": largest, "types": types}


def _types(piece: ResolvedPiece) -> Iterator[tuple[str, int, int]]:
    """How often each type appears, and its commonest value."""
    names, linked = piece.job.type_names, len(piece.piece.identities.component)
    total, most = appearances(piece.listed, piece.type_of, linked, len(names))
    return zip(names, total.tolist(), most.tolist(), strict=True)


class ResolvedTables(NamedTuple):
    """The tables of a piece by (table, platform or nothing), who is in which audience, counts."""

    tables: dict[Key, pa.Table]
    judgement: Judgement | None  # None: there are no rules, or the drafts wait
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
    judged = draft_keys(plan) if plan.has_rules else []
    return [
        output
        for output in tables_of_pieces(job, plan)
        if plan.base is not None
        and (
            set(PROFILE_COLUMNS) & set(output.schema.names) or (output.table, output.name) in judged
        )
    ]


def waiting_keys(job: Job, plan: StrategyPlan) -> list[Key]:
    """What waits for lasting ids, by table and platform: tables, and drafts of such."""
    drafts = draft_keys(plan) if plan.has_rules and plan.base is not None else []
    groups = [(GROUP_ROWS, group.name) for group in plan.groups if plan.base is not None]
    tables = ((of.table, of.name) for of in waiting_tables(job, plan))
    return list(dict.fromkeys([*tables, *drafts, *groups]))


def resolved_tables(piece: ResolvedPiece) -> ResolvedTables:
    """Make every table that was asked for; with rules and a base some are drafts."""
    plan, asked = piece.plan, set(piece.job.tables)
    tables = {
        (table.name, ""): table.of_piece(piece)
        for table in TABLES.values()
        if table.of_piece is not None and table.name in asked
    }
    attributes = piece.attributes if asked & _ATTRIBUTE_TABLES else {}
    made, dropped, counts = _platforms(piece)
    tables |= made
    of_all = [drops.of_policy(piece), *(drops.of_attributes(piece) if attributes else ())]
    if plan.has_rules:
        of_all = [draft_drops(rows, -1) for rows in of_all]
    tables[DROPS] = pa.concat_tables([*of_all, *dropped])
    told = StrategyCounts(
        sums_too_large=tally((name, of.too_large) for name, of in attributes.items()),
        platforms=tuple(sorted(counts)),
        risks=_risks(piece) if piece.job.risks is not None else (),
        **(_of_listing(piece) if asked & _LISTING else {}),
    )
    judgement = None
    if plan.has_rules:
        tables[CONDITIONS] = condition_rows(piece)
        if plan.base is None:
            judgement = judge_drafts(plan, {key: tables.pop(key) for key in draft_keys(plan)})
            tables |= judgement.tables
            told = add_strategies([told, judgement.counts])
    else:
        rules = tables[DROPS]["rule"].value_counts().to_pylist()  # at most one for each rule
        told = told._replace(drops=tally((rule["values"], rule["counts"]) for rule in rules))
    if "drops" not in asked and (judgement is not None or not plan.has_rules):
        del tables[DROPS]
    return ResolvedTables(tables, judgement, told)


def _platforms(
    piece: ResolvedPiece,
) -> tuple[dict[Key, pa.Table], list[pa.Table], list[tuple[str, PlatformCounts]]]:
    """Rows of platforms, what they dropped, and counts of those without rules."""
    tables: dict[Key, pa.Table] = {}
    dropped, counts = [], []
    for place, platform in enumerate(piece.plan.platforms):
        found = platforms.rows(piece, platform)
        rows = drops.of_platform(piece, platform.name, found.refused)
        if platform.has_rules:
            tables["platforms", platform.name] = draft(found.rows, found.profile)
            dropped.append(draft_drops(rows, place, found.refused[0]))
            continue
        tables["platforms", platform.name] = found.rows
        dropped.append(draft_drops(rows, -1) if piece.plan.has_rules else rows)
        out, refused = found.left_out, len(found.refused[0])
        of = PlatformCounts(found.rows.num_rows, out, refused, require=out)
        counts.append((platform.name, of))
    return tables, dropped, counts
