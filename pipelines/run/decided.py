"""What decisions mean for the plan of a run: graphs that they are for, and records that move."""

from idweave.pipelines.settings.check_inputs import DECISIONS
from idweave.transforms.columnar.deciding.decision import Action, Decision
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.columnar.reading.records import SourceReading
from idweave.transforms.job import Graph, Job, SourcePlan, StrategyPlan


def with_decisions(job: Job, decisions: tuple[Decision, ...] | None) -> Job:
    """The job with decisions; a strategy that has none is planned as it was.

    Strategies with other decisions don't share a graph; those with some move their records, so
    that values can be listed as they were read and components be built link by link.
    """
    if not decisions:
        return job._replace(decisions=decisions)
    job = job._replace(decisions=decisions)
    if any(decision.links for decision in decisions):
        job = job._replace(
            sources=(*job.sources, _decided_source()), decided_source=len(job.sources)
        )
    graphs: dict[tuple[int, Graph], Graph] = {}
    plans = []
    for plan in job.strategies:
        graph = _decided_graph(job, plan)
        key = plan.graph, graph
        known = graphs.setdefault(key, graph)
        refusing = tuple(sorted(graph.link_on[place] for place in plan.refusing))
        if refusing not in known.refusing:
            graphs[key] = known._replace(refusing=(*known.refusing, refusing))
        moves = plan.moves_no_records and not graph.decisions
        number = list(graphs).index(key)
        plans.append(plan._replace(graph=number, moves_no_records=moves))
    return job._replace(strategies=tuple(plans), graphs=tuple(graphs.values()))


def _decided_graph(job: Job, plan: StrategyPlan) -> Graph:
    """A strategy's graph with its own decisions, and nothing refused yet."""
    graph = job.graphs[plan.graph]._replace(refusing=())
    named = list(enumerate(job.decisions or ()))
    own = tuple(place for place, of in named if of.strategy in (None, plan.name))
    if not own:
        return graph
    outside: tuple[int, ...] = ()
    ignored = POLICIES[plan.policy].ignored_on_logout
    if ignored is not None and any(of.action == Action.APART for _, of in named):
        outside = tuple(sorted(graph.link_on[place] for place in ignored(plan.rules)))
    sources = graph.sources
    if sources is not None and job.decided_source >= 0:
        sources = (*sources, job.decided_source)
    return graph._replace(decisions=own, outside_on_logout=outside, sources=sources)


def _decided_source() -> SourcePlan:
    """Nothing is read of it; its records come before all others, and its ids are no repeats."""
    reading = SourceReading(
        name=DECISIONS,
        format="",
        record_id=(),
        time_column=None,
        time_unit=None,
        time_constant=None,
        workspace_column=None,
        workspace="",
        request_column=None,
        request_map=(),
        request_default="identify",
        identities=(),
        attributes=(),
        changes=None,
        type_names=(),
        needs_content=False,
    )
    return SourcePlan(reading, creates=True, trusted_ids=True, quarantines_bad_files=False)
