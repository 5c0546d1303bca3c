"""Resolves strategies: a policy on whole components, a piece at a time, and its tables."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.gathering.answers import (
    Answers,
    join_answers,
    refused_answers,
    resolved_answers,
)
from idweave.transforms.columnar.policies.refuse import refused_rows, without
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.exchange.keep_groups import Groups
from idweave.transforms.exchange.keep_members import Members
from idweave.transforms.exchange.keep_profiles import Made
from idweave.transforms.exchange.profile_files import GatheredFile, ResolvedFile
from idweave.transforms.exchange.table_files import WaitingTable
from idweave.transforms.job import Done, Job, Linked, ResolvedShard, StrategyPlan
from idweave.transforms.running.counts import StrategyCounts, add_strategies
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements
from idweave.transforms.tables.group_rows import GROUP_ROWS, group_rows
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.resolved_tables import (
    resolved_tables,
    tables_of_pieces,
    waiting_keys,
)
from idweave.transforms.tables.write_part import PartWriter
from idweave.transforms.views.births import births_of_components, births_of_profiles
from idweave.transforms.views.check_component import check_component
from idweave.transforms.views.graph_units import of_graph
from idweave.transforms.views.outcomes import Outcomes
from idweave.transforms.views.profile_writers import remembers
from idweave.transforms.views.read_piece import Read, read_piece

_NO_ROWS = np.empty(0, np.int32)


class _Strategy(NamedTuple):
    """One strategy of a shard at work."""

    number: int
    plan: StrategyPlan
    answers: list[Answers]  # of each piece
    counts: list[StrategyCounts]
    writers: dict[tuple[str, str], PartWriter]
    waiting: dict[tuple[str, str], WaitingTable]  # for lasting ids
    members: Members  # of audiences, where nothing waits
    made: Made | None  # what the claims need; None: nobody asks
    outcomes: Outcomes | None  # what becomes of decisions; None: there are none
    groups: list[Groups]  # by kind, where nothing waits


@dataclass
class Resolve(beam.PTransform[beam.PCollection[Linked], beam.PCollection[ResolvedShard]]):
    """Pieces of components to the tables of every strategy that looks at records."""

    job: Job
    gathered: beam.PCollection[Done]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[ResolvedShard]:
        graphs = sorted({p.graph for p in self.job.strategies if not p.moves_no_records})
        elements = [(graph, shard) for graph in graphs for shard in range(self.job.shards)]
        pieces = [GatheredFile.at(graph, "").folder for graph in graphs]
        return (
            linked.pipeline
            | "Shards" >> Elements(elements, tuple[int, int])
            | "Resolve"
            >> in_threads(partial(resolve_shard, self.job), ResolvedShard, linked, self.gathered)
            | "Gathered" >> ReadOnce(self.job, pieces, ResolvedShard)
        )


def resolve_shard(
    job: Job, element: tuple[int, int], linked: Sequence[Linked], gathered: Sequence[Done]
) -> Iterator[ResolvedShard]:
    """Resolve one shard of a graph under each of its strategies, a piece at a time.

    Answers go to the units' records by the working folder.
    """
    graph, shard = element
    units = of_graph(linked, graph)
    with ExitStack() as stack:
        strategies = [
            _begin(job, number, shard, len(units), stack)
            for number, plan in enumerate(job.strategies)
            if plan.graph == graph and not plan.moves_no_records
        ]
        for piece in range(job.pieces):
            check_component(job, graph, units, shard * job.pieces + piece)
            read = read_piece(job, graph, units, shard * job.pieces + piece)
            for strategy in strategies:
                if read is None:
                    strategy.answers.append(
                        refused_answers(
                            _NO_ROWS, _NO_ROWS, len(units), strategy.plan.aliases is not None
                        )
                    )
                else:
                    _resolve_piece(job, strategy, read, len(units))
    for strategy in strategies:
        yield _end(job, strategy, shard)


def _begin(job: Job, number: int, shard: int, units: int, stack: ExitStack) -> _Strategy:
    """Open what one strategy writes of one shard."""
    plan = job.strategies[number]
    return _Strategy(
        number=number,
        plan=plan,
        answers=[],
        counts=[],
        writers=_writers(job, plan, shard, units, stack),
        waiting={
            key: stack.enter_context(WaitingTable(job.store, number, shard, *key))
            for key in waiting_keys(job, plan)
        },
        members=Members(job, number),
        made=Made() if remembers(job, plan) else None,
        outcomes=Outcomes(job, plan.graph) if job.graphs[plan.graph].decisions else None,
        groups=[Groups(job, number, place, shard) for place in range(len(plan.groups))],
    )


def _end(job: Job, strategy: _Strategy, shard: int) -> ResolvedShard:
    """Keep the answers to the units, and what the claims need."""
    number, plan = strategy.number, strategy.plan
    answers = join_answers(strategy.answers)
    told = ResolvedFile(**answers._asdict())
    born = plan.base is not None
    address = ResolvedFile.born(number, shard) if born else ResolvedFile.at(number, shard)
    job.store.write(address, told)
    if strategy.made is not None:
        strategy.made.keep(job, number, str(shard))
    if not born:
        strategy.members.keep(str(shard))
        for groups in strategy.groups:
            groups.keep()
    if strategy.outcomes is not None:
        strategy.outcomes.keep(number, shard)
    files = tuple(file for of in strategy.writers.values() for file in of.files)
    return ResolvedShard(number, str(shard), files, add_strategies(strategy.counts))


def _resolve_piece(job: Job, strategy: _Strategy, read: Read, units: int) -> None:
    """Resolve one piece under one strategy, and write its tables."""
    plan = strategy.plan
    graph = job.graphs[plan.graph]
    refused = refused_rows(read.piece, plan.refusing, graph.all_requests)
    if refused.any():
        births = partial(births_of_components, job, graph, read)
        decided = read.decided[read.piece.order]
        read = read._replace(piece=without(read.piece, refused, decided, births))
    answers = refused_answers(read.unit, read.row, units, plan.aliases is not None)
    if refused.all():
        strategy.answers.append(answers)
        return
    resolved = _resolve(job, plan, read, strategy.outcomes)
    of_row = None if resolved.aliases is None else resolved.aliases.of_row
    answers = resolved_answers(answers, read.piece, resolved.resolution, resolved.digest, of_row)
    strategy.answers.append(answers)
    if strategy.made is not None:
        _keep_made(strategy.made, read, resolved)
    made = resolved_tables(resolved)
    for key, rows in made.tables.items():
        writer = strategy.waiting.get(key) or strategy.writers[key]
        writer.write(rows)
    if made.judgement is not None:
        strategy.members.add(made.judgement.rows, made.judgement.members)
    strategy.counts.extend((resolved.counts(), made.counts))
    for groups, group in zip(strategy.groups, plan.groups, strict=True):
        rows = group_rows(resolved, group)
        if plan.base is None:
            groups.add(rows)
        else:
            strategy.waiting[GROUP_ROWS, group.name].write(rows)


def _keep_made(made: Made, read: Read, of: ResolvedPiece) -> None:
    """Remember the profiles of a piece and what they hold, and what is listed beside it."""
    held, profile = of.resolution.held_identity, of.resolution.held_profile
    kind = read.piece.identities.type[held]
    if of.job.graphs[of.plan.graph].decisions:
        at = np.flatnonzero(of.linked)
        held, profile, kind = of.listed.identity[at], of.listed.profile[at], of.linked_place[at]
    made.add(
        births=of.digest,
        scope=of.scope_of[of.resolution.profile_component],
        held_profile=profile,
        identity=take_rows(read.hash, read.piece.place[held]),
        place=kind,
    )


def _writers(
    job: Job, plan: StrategyPlan, shard: int, units: int, stack: ExitStack
) -> dict[tuple[str, str], PartWriter]:
    """A writer for each table that is written at once."""
    writers = {}
    waiting = waiting_keys(job, plan)
    for output in tables_of_pieces(job, plan):
        if (output.table, output.name) in waiting:
            continue
        number = shard + units if output.table == "drops" else shard  # after those of the units
        writer = stack.enter_context(PartWriter(job.result, output, number))
        writers[output.table, output.name] = writer
    return writers


def _resolve(job: Job, plan: StrategyPlan, read: Read, outcomes: Outcomes | None) -> ResolvedPiece:
    """Ask the policy, and name the profiles."""
    resolve = POLICIES[plan.policy].resolve
    piece = read.piece
    if outcomes is None:
        resolution = resolve(piece.observations, piece.identities, plan.rules)
    else:
        resolution = outcomes.resolve(read, partial(resolve, rules=plan.rules))
    graph = job.graphs[plan.graph]
    digest = births_of_profiles(job, graph, read, resolution)
    scope = np.zeros(len(piece.digest), np.int32)
    scope[piece.observations.component] = read.scope[piece.order]
    return ResolvedPiece(job, plan, read, resolution, digest, scope)
