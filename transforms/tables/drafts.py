"""Tables of a piece that wait until its profiles are judged: all rows, each with its profile.

Judging needs the profiles' lasting ids. Where a base gives them, the drafts wait in the working
folder; else they are judged at once.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.profiles.platform_rows import VALUES
from idweave.transforms.job import StrategyPlan
from idweave.transforms.running.counts import PlatformCounts, StrategyCounts, tally
from idweave.transforms.tables.judge import Judged, LeftOut, judge
from idweave.transforms.tables.plans import PlatformPlan

CONDITIONS = ("conditions", "")  # the rows that conditions see
DROPS = ("drops", "")
_PROFILE = "_profile"  # place of the row's profile in its piece; -1: of none
_PLATFORM = "_platform"  # of drops: place of the platform in its plan; -1: of none
Key = tuple[str, str]  # table, platform or nothing


class Judgement(NamedTuple):
    """What is left of drafts, and who is in which audience."""

    tables: dict[Key, pa.Table]
    rows: pa.Table  # of profiles
    members: dict[str, Flags]
    counts: StrategyCounts


def draft_keys(plan: StrategyPlan) -> list[Key]:
    """The tables of a strategy with rules that wait for judgement."""
    named = [("platforms", platform.name) for platform in plan.platforms if platform.has_rules]
    return [CONDITIONS, DROPS, *named]


def draft(rows: pa.Table, profile: Ints) -> pa.Table:
    """Rows of a platform with their profiles."""
    return rows.append_column(_PROFILE, pa.array(profile, pa.int32()))


def draft_drops(rows: pa.Table, platform: int, profile: Ints | None = None) -> pa.Table:
    """Drops of a platform that has rules with the profiles, or other drops (platform -1)."""
    if profile is None:
        profile = np.full(rows.num_rows, -1, np.int32)
    places = np.full(rows.num_rows, platform, np.int32)
    rows = rows.append_column(_PROFILE, pa.array(profile, pa.int32()))
    return rows.append_column(_PLATFORM, pa.array(places))


def judge_drafts(plan: StrategyPlan, drafts: Mapping[Key, pa.Table]) -> Judgement:
    """Leave out what rules leave out, and count it.

    Args:
        drafts: of one piece, by `draft_keys`, with lasting ids.
    """
    rows = drafts[CONDITIONS]
    judged = judge(plan, rows)
    tables: dict[Key, pa.Table] = {}
    counts = []
    drops = drafts[DROPS]
    kept = _kept_drops(plan, drops, judged)
    for place, platform in enumerate(plan.platforms):
        if platform.has_rules:
            table = drafts["platforms", platform.name]
            code = judged.left_out[platform.name]
            there = code[table[_PROFILE].to_numpy()] == LeftOut.NOT
            tables["platforms", platform.name] = _taken(platform, table, there, judged)
            refused = int(np.count_nonzero(kept & (drops[_PLATFORM].to_numpy() == place)))
            counts.append((platform.name, _counts(code, int(there.sum()), refused)))
    left = drops.filter(pa.array(kept)).drop_columns([_PROFILE, _PLATFORM])
    tables[DROPS] = left
    rules = left["rule"].value_counts().to_pylist()  # at most one for each rule
    told = StrategyCounts(
        drops=tally((rule["values"], rule["counts"]) for rule in rules),
        platforms=tuple(sorted(counts)),
    )
    return Judgement(tables, rows, judged.members, told)


def _kept_drops(plan: StrategyPlan, drops: pa.Table, judged: Judged) -> Flags:
    """[d] drops but those of profiles that a platform's rules left out."""
    profile, of = drops[_PROFILE].to_numpy(), drops[_PLATFORM].to_numpy()
    kept = np.ones(len(profile), bool)
    for place, platform in enumerate(plan.platforms):
        at = np.flatnonzero(of == place)
        if len(at):
            kept[at] = judged.left_out[platform.name][profile[at]] == LeftOut.NOT
    return kept


def _taken(platform: PlatformPlan, table: pa.Table, there: Flags, judged: Judged) -> pa.Table:
    """The rows that are there, with the audiences of their profiles."""
    profile = table[_PROFILE].to_numpy()[there]
    rows = table.filter(pa.array(there)).drop_columns([_PROFILE])
    if not platform.audiences:
        return rows
    names = sorted(set(platform.audiences))
    flags = np.stack([judged.members[name][profile] for name in names], axis=1)
    start = np.concatenate([[0], np.cumsum(flags.sum(axis=1))]).astype(np.int32)
    texts = pa.array(names, pa.string()).take(pa.array(np.nonzero(flags)[1]))
    lists = pa.ListArray.from_arrays(pa.array(start), texts, type=VALUES)
    return rows.append_column("audiences", lists)


def _counts(code: np.ndarray, written: int, refused: int) -> PlatformCounts:
    by_rule = np.bincount(code, minlength=len(LeftOut)).tolist()
    return PlatformCounts(
        written=written,
        left_out=len(code) - written,
        not_normalisable=refused,
        where=by_rule[LeftOut.WHERE],
        audiences=by_rule[LeftOut.AUDIENCES],
        sample=by_rule[LeftOut.SAMPLE],
        require=by_rule[LeftOut.NOT] - written,
    )
