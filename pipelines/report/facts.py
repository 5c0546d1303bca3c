"""Everything that the page shows of a run, read from its tables and manifest."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from idweave.pipelines.published.database import database
from idweave.pipelines.published.figures import (
    ended_ids,
    moved_records,
    quarantined,
    risky_profiles,
    shares,
)
from idweave.pipelines.published.run_tables import RunTables
from idweave.pipelines.report.identity_types import IdentityTypes, read_identity_types
from idweave.pipelines.report.pairs import Pairs, compare_strategies
from idweave.pipelines.report.profiles import Shown, counted, filled, riskiest, shown

_NO_REASON = ("written", "left_out", "not_normalisable")
_THREADS = 2
_MOST_TYPES = 64  # a profile's types are bits of a number


class StrategyView(NamedTuple):
    """One strategy."""

    name: str
    policy: str
    profiles: int
    largest_profile: int
    records: dict[str, int]  # by status
    reasons: dict[str, int]  # of records without a profile
    risks: dict[str, int]  # profiles by risk; empty: nobody looked
    together: int | None  # pairs of records in one profile; None: no assignments
    types: IdentityTypes | None  # None: no identities
    largest: list[Shown]
    riskiest: list[Shown]
    drops: dict[tuple[str, ...], int]  # by source and rule


class PlatformView(NamedTuple):
    """One platform."""

    name: str
    strategy: str
    written: int
    left_out: dict[str, int]  # by reason
    refused: int  # values that could not be normalised
    filled: dict[str, int]  # of each column, rows that have it


class Check(NamedTuple):
    """A check; limit None: none is set."""

    name: str
    limit: float | None
    figure: float | None  # None: there is none in this run
    holds: bool


class Facts(NamedTuple):
    """The whole run."""

    strategies: list[StrategyView]
    pairs: list[Pairs]
    platforms: list[PlatformView]
    checks: list[Check]
    types: list[str]


def read_facts(run: RunTables, show_values: bool) -> Facts:
    """Read everything; the slow part is every two strategies side by side."""
    names = list(run.manifest["strategies"])
    types = list(run.manifest["configuration"]["identities"])[:_MOST_TYPES]
    with_records = [name for name in names if run.has("assignments", name)]
    together: dict[str, int] = {}
    pairs: list[Pairs] = []
    if with_records:
        with database() as opened:
            together, pairs = compare_strategies(opened, run, with_records)
    with ThreadPoolExecutor(_THREADS) as pool:
        views = list(
            pool.map(lambda n: _strategy(run, n, types, together.get(n), show_values), names)
        )
    return Facts(views, pairs, list(_platforms(run)), list(_checks(run.manifest)), types)


def _strategy(
    run: RunTables, name: str, types: Sequence[str], together: int | None, show_values: bool
) -> StrategyView:
    counts = run.manifest["strategies"][name]["counts"]
    found = read_identity_types(run, name, types) if run.has("identities", name) else None
    largest, risky = shown(
        run, name, found.largest if found else [], riskiest(run, name), show_values
    )
    records: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for by_status in counts["records"].values():
        for status, by_reason in by_status.items():
            records[status] = records.get(status, 0) + sum(by_reason.values())
            for reason, n in by_reason.items():
                if status in ("unassigned", "refused"):
                    reasons[reason] = reasons.get(reason, 0) + n
    return StrategyView(
        name=name,
        policy=run.manifest["configuration"]["strategies"][name]["policy"],
        profiles=counts["profiles"],
        largest_profile=counts["largest_profile"],
        records=records,
        reasons=reasons,
        risks=counts.get("risks", {}),
        together=together,
        types=found,
        largest=largest,
        riskiest=risky,
        drops=counted(run, "drops", name, ["source", "rule"]),
    )


def _platforms(run: RunTables) -> Iterator[PlatformView]:
    for table in run.manifest["tables"]:
        if table["table"] == "platforms":
            name, strategy = table["name"], table["strategy"]
            counts = run.manifest["strategies"][strategy]["counts"]["platforms"].get(name, {})
            left_out = {key: n for key, n in counts.items() if key not in _NO_REASON and n}
            refused = counts.get("not_normalisable", 0)
            if not left_out and counts.get("left_out"):
                left_out = {"no_reason": counts["left_out"]}  # of a run before reasons were kept
            yield PlatformView(name, strategy, table["rows"], left_out, refused, filled(run, name))


def _checks(manifest: Mapping[str, Any]) -> Iterator[Check]:
    limits = manifest["configuration"]["checks"]
    records, strategies = manifest["sources"]["records"].values(), manifest["strategies"]
    sizes = [facts["counts"]["largest_profile"] for facts in strategies.values()]
    figures: dict[str, float | None] = {
        "max_quarantined_share": quarantined(*records).value,
        "max_profile_identities": max(sizes, default=0),
        "min_records": sum(of["read"] for of in records),
        "max_ended_ids_share": max(shares(strategies, ended_ids).values(), default=None),
        "max_moved_records_share": max(shares(strategies, moved_records).values(), default=None),
        "max_risky_profiles_share": max(shares(strategies, risky_profiles).values(), default=None),
    }
    for name, figure in figures.items():
        limit = limits.get(name)
        broken = (
            limit is not None
            and figure is not None
            and (figure < limit if name.startswith("min_") else figure > limit)
        )
        yield Check(name, limit, figure, not broken)
