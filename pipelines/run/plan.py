"""Turns settings and input files into what the workers get: one Job."""

import hashlib
import math
from collections.abc import Hashable, Sequence
from typing import Any

from idweave.pipelines.run.attributes import attribute_types
from idweave.pipelines.run.checked_rules import checked_rules
from idweave.pipelines.run.conditions import (
    audience_plans,
    condition_columns,
    sample_of,
)
from idweave.pipelines.run.groups import GROUP_TABLES, group_plans
from idweave.pipelines.run.inputs import inputs_digest
from idweave.pipelines.run.layouts import Layout, source_reading
from idweave.pipelines.run.shards_and_rounds import (
    estimate,
    exchange_shards_for,
    rounds_for,
    shards_for,
)
from idweave.pipelines.settings import Settings, Strategy
from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.columnar.identities.normalise import IdentityTests
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.columnar.profiles.platform_rows import PlatformColumn
from idweave.transforms.exchange.store import Store
from idweave.transforms.job import Graph, Hub, Job, SourcePlan, StrategyPlan
from idweave.transforms.tables.plans import PlatformPlan

_PIECE_ROWS = 500_000  # records that a replay holds at once, unless one component has more
_READ_LEVEL_TABLES = {  # they need no records moved
    "aliases", "assignments", "identities", "drops", "ids", "id_changes", "decisions",
    "suppressions", "requests",
}  # fmt: skip


def make_job(
    settings: Settings,
    layouts: Sequence[Layout],
    folder: str,
    strategies: Sequence[str],
    since: int | None,
    until: int | None,
) -> Job:
    """What every worker knows of the run; `folder` is for temporary files, times are in us."""
    graphs: dict[Hashable, Graph] = {}
    types = list(settings.identities)
    rules = checked_rules(settings, layouts)
    plans = tuple(_strategy_plan(name, settings, types, rules, graphs) for name in strategies)
    rows, values = estimate(layouts, settings)
    shards = shards_for(layouts, settings)
    return Job(
        store=Store(f"{folder}/kept"),
        result=f"{folder}/result",
        run_key=_run_key(settings, layouts),
        sources=tuple(_source_plan(name, settings) for name in sorted(settings.sources)),
        type_names=tuple(types),
        tests=identity_tests(settings),
        attributes=attribute_types(settings, layouts),
        attribute_rules=rules,
        graphs=tuple(graphs.values()),
        strategies=plans,
        tables=tuple(settings.tables),
        shards=shards,
        pieces=max(1, math.ceil(rows / shards / _PIECE_ROWS)),
        exchange_shards=exchange_shards_for(values, shards, settings),
        **_limits(settings),
        rounds=rounds_for(values, settings.solve_limit),
        since=since,
        until=until,
        risks=settings.risks.limits() if _asks_for_risks(settings) else None,
    )


def _limits(settings: Settings) -> dict[str, Any]:
    """How much is done at once, at most."""
    return {
        "split_bytes": settings.split_bytes,
        "split_rows": settings.split_rows,
        "most_identities": settings.max_identities_per_record,
        "solve_limit": settings.solve_limit,
        "component_bytes": settings.component_bytes,
    }


def _asks_for_risks(settings: Settings) -> bool:
    return "risks" in settings.tables or settings.checks.max_risky_profiles_share is not None


def _run_key(settings: Settings, layouts: Sequence[Layout]) -> bytes:
    """A seed that outsiders don't know: the same run has the same."""
    digest = inputs_digest([layout.file for layout in layouts])
    return hashlib.blake2b(f"{settings.digest()} {digest}".encode(), digest_size=32).digest()


def identity_tests(settings: Settings) -> tuple[IdentityTests, ...]:
    """What is done with the values of each identity type."""
    return tuple(
        IdentityTests(
            normalise=kind.normalise,
            blocked=kind.blocked,
            blocked_defaults=kind.blocked_defaults,
            pattern=kind.pattern,
            max_length=kind.max_length,
            blocked_patterns=kind.blocked_patterns,
        )
        for kind in settings.identities.values()
    )


def _source_plan(name: str, settings: Settings) -> SourcePlan:
    source = settings.sources[name]
    return SourcePlan(
        reading=source_reading(name, source, settings),
        creates=source.create,
        trusted_ids=source.duplicates == "keep",
        quarantines_bad_files=source.on_bad_file == "quarantine",
    )


def _strategy_plan(
    name: str,
    settings: Settings,
    types: list[str],
    rules: Sequence[AttributeRule],
    graphs: dict[Hashable, Graph],
) -> StrategyPlan:
    """One strategy; its graph is added to `graphs`, or what it refuses to one that is there.

    Strategies that refuse records share a graph whatever their unique types are: each leaves out
    its own when it resolves. One that refuses none keeps apart, so that what would glue its
    components can't glue those of the others.
    """
    strategy = settings.strategies[name]
    policy = POLICIES[strategy.policy]
    graph = _graph(strategy, settings, types)
    refusing = policy.refused_types(strategy.rules) if policy.refused_types else ()
    refused_types = tuple(sorted(graph.link_on[place] for place in refusing))
    key = (graph, policy.refused_types is not None)
    known = graphs.get(key, graph)
    if refused_types not in known.refusing:
        graphs[key] = known._replace(refusing=(*known.refusing, refused_types))
    return StrategyPlan(
        name=name,
        policy=strategy.policy,
        rules=strategy.rules,
        graph=list(graphs).index(key),
        refusing=refusing,
        moves_no_records=_moves_no_records(name, settings, graph),
        platforms=_platform_plans(name, settings, types),
        audiences=audience_plans(settings, name),
        condition_columns=condition_columns(settings, name),
        aliases=policy.aliases(strategy.rules) if policy.aliases else None,
        groups=group_plans(settings, name, rules),
    )


def _moves_no_records(name: str, settings: Settings, graph: Graph) -> bool:
    """Whether the component is the profile, and no table that was asked for needs the records."""
    strategy = settings.strategies[name]
    groups = any(of.strategy == name for of in settings.groups.values())
    casts = any(of.cast_to for of in settings.attributes.values())
    used = strategy.sources or tuple(settings.sources)
    every_type = len(graph.link_on) == len(settings.identities)
    return (
        POLICIES[strategy.policy].component_is_profile
        and set(settings.tables) - (set() if groups else GROUP_TABLES) <= _READ_LEVEL_TABLES
        and not (casts and "drops" in settings.tables)
        and not _asks_for_risks(settings)
        and (every_type or "identities" not in settings.tables)
        and all(settings.sources[source].create for source in used)
    )


def _graph(strategy: Strategy, settings: Settings, types: list[str]) -> Graph:
    """What a strategy links; which records it refuses is added where it is known."""
    scopes = strategy.scopes or settings.scopes
    used = strategy.sources or tuple(settings.sources)
    return Graph(
        scopes=tuple(scopes) if scopes else ("default",),
        workspaces=tuple((w, i) for i, ws in enumerate(scopes.values()) for w in ws)
        if scopes
        else None,
        link_on=tuple(types.index(kind) for kind in strategy.link_on),
        hubs=tuple(
            Hub(types.index(hub.type), types.index(hub.linked_type), hub.more_than)
            for hub in strategy.hubs
        ),
        refusing=(),
        all_requests=POLICIES[strategy.policy].all_requests,
        sources=_places(used, sorted(settings.sources)),
    )


def _places(used: Sequence[str], names: Sequence[str]) -> tuple[int, ...] | None:
    """Places of the sources that a strategy uses; None: all of them."""
    places = tuple(sorted({names.index(name) for name in used}))
    return None if len(places) == len(names) else places


def _platform_plans(
    strategy: str, settings: Settings, types: list[str]
) -> tuple[PlatformPlan, ...]:
    return tuple(
        _platform_plan(name, settings, types)
        for name, of in settings.platforms.items()
        if of.strategy == strategy and "platforms" in settings.tables
    )


def _platform_plan(name: str, settings: Settings, types: list[str]) -> PlatformPlan:
    platform = settings.platforms[name]

    def place(kind: str) -> int:
        return types.index(kind) if kind in types else -1  # nobody has it

    columns = tuple(
        PlatformColumn(
            type=place(kind),
            name=str(column.as_),
            normalise=column.normalise,
            kind=settings.meaning_of(kind) or "id",
            encoding=str(column.encoding),
            region=column.region,
            pick=column.pick,
            hashed=kind in types and settings.identities[kind].hashed,
            other=kind.startswith("other"),
        )
        for kind, column in platform.identities.items()
    )
    require = tuple("any" if kind == "any" else place(kind) for kind in platform.require or ())
    return PlatformPlan(
        name=name,
        columns=columns,
        require=require,
        attributes=tuple((a.name, a.normalise) for a in platform.attributes),
        where=platform.where,
        audiences=tuple(dict.fromkeys(platform.audiences)),
        sample=sample_of(platform),
    )
