"""Writes the page: facts into a template, where every text is escaped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from idweave.pipelines.published.run_tables import RunTables
from idweave.pipelines.report.charts import bars_chart, in_steps, legend, sizes_chart, trend_chart
from idweave.pipelines.report.facts import Facts, StrategyView
from idweave.pipelines.report.identity_types import MOST_VALUES
from idweave.pipelines.report.trend import PastRun

_HERE = Path(__file__).parent
NOTHING = "\N{EN DASH}"  # where a table has no number


def page(run: RunTables, facts: Facts, past: Sequence[PastRun], show_values: bool) -> str:
    """The whole page, which asks no other file for anything."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "share": _share, "figure": _figure}
    return environment.get_template("page.html.j2").render(
        run=run,
        manifest=run.manifest,
        facts=facts,
        past=past,
        first=_first(facts),
        warnings=run.manifest.get("warnings", []),
        style=Markup((_HERE / "style.css").read_text()),
        steps=_steps(facts.strategies),
        most_values=MOST_VALUES,
        charts=_charts(facts, past),
        show_values=show_values,
    )


def _number(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _share(part: float, whole: float = 1) -> str:
    return f"{part / whole:.2%}" if whole else NOTHING


def _figure(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _first(facts: Facts) -> dict[str, Any]:
    """What a reader should know at once: who puts most together, which profile is first."""
    counted = [of for of in facts.strategies if of.together is not None]
    most = max(counted, key=lambda of: of.together or 0, default=None)
    risky = [of for of in facts.strategies if of.riskiest]
    if most is not None and most.riskiest:
        of_first: StrategyView | None = most
    else:
        of_first = max(risky, key=lambda of: of.risks.get("profiles", 0), default=None)
    alone = [
        (pair.right, pair.left_only) if pair.left == most.name else (pair.left, pair.right_only)
        for pair in facts.pairs
        if most is not None and most.name in (pair.left, pair.right)
    ]
    return {"most": most, "alone": sorted(alone, key=lambda pair: pair[1]), "of": of_first}


def _steps(strategies: Sequence[StrategyView]) -> list[tuple[str, list[int]]]:
    """Profiles of each strategy by size, in steps that double."""
    of_each = [dict(in_steps(of.types.sizes)) if of.types else {} for of in strategies]
    labels = max(of_each, key=len, default={})
    return [(label, [of.get(label, 0) for of in of_each]) for label in labels]


def _charts(facts: Facts, past: Sequence[PastRun]) -> dict[str, Any]:
    with_types = {of.name: of.types for of in facts.strategies if of.types is not None}
    runs = [one.run_id for one in past]
    names = list(run_strategies(past))
    return {
        "sizes": sizes_chart(
            "Profiles by size, one line for each strategy, both axes logarithmic",
            {name: of.sizes for name, of in with_types.items()},
            "identities of a profile",
            "profiles",
        ),
        "sizes_legend": legend(list(with_types)),
        "types": {
            name: bars_chart(
                f"Share of the profiles of {name} with each identity type",
                [(kind, n / max(1, of.profiles), _share(n, of.profiles))
                 for kind, n in of.with_type.items()],
            )
            for name, of in with_types.items()
        },
        "profiles": trend_chart(
            "Profiles of each strategy, run after run", runs,
            {name: [one.profiles.get(name) for one in past] for name in names}, "profiles",
        ),
        "ended": trend_chart(
            "Share of the base's ids that ended, run after run", runs,
            {name: [one.ended_ids.get(name) for one in past] for name in names}, "share of ids",
        ),
        "trend_legend": legend(names),
    }  # fmt: skip


def run_strategies(past: Sequence[PastRun]) -> dict[str, None]:
    """All strategies of some runs, those of the last one first."""
    return {name: None for one in reversed(past) for name in one.profiles}
