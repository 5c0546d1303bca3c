"""Judges hub rules on all linkages of a scope, before anything is refused (SEMANTICS 2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.identities.hubs import hub_pairs, over_limit
from idweave.transforms.exchange.duplicate_and_hub_files import HubCutFile, HubPairsFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Duplicates, Graph, Job, Unit
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements, Spread
from idweave.transforms.views.decided import open_decided
from idweave.transforms.views.losing_rows import losing_rows
from idweave.transforms.views.unit_graph import UnitGraph, read_unit_graph, scope_hashes


@dataclass
class JudgeHubs(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Done]]):
    """Units to the identities that link nothing; graphs without hub rules cost nothing."""

    job: Job
    duplicates: beam.PCollection[Duplicates]
    decided: beam.PCollection[Done] | None  # None: nobody decided anything

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Done]:
        graphs = [i for i, graph in enumerate(self.job.graphs) if graph.hubs]
        sides = [units, self.duplicates, *([] if self.decided is None else [self.decided])]
        paired = (
            units
            | "Each graph" >> beam.FlatMap(_each, graphs)
            | "Spread" >> Spread()
            | "Pair" >> in_threads(partial(pair_unit, self.job), Done, *sides)
        )
        shards = [(g, s) for g in graphs for s in range(self.job.exchange_shards)]
        return (
            units.pipeline
            | "Shards" >> Elements(shards, tuple[int, int])
            | "Judge" >> in_threads(partial(judge_shard, self.job), Done, units, paired)
        )


def _each(unit: Unit, graphs: list[int]) -> list[tuple[int, Unit]]:
    return [(graph, unit) for graph in graphs]


class _Pairs(NamedTuple):
    """Distinct pairs of a possible hub and an identity that it links."""

    rule: Ints  # place among the graph's hub rules
    unit: Ints  # place of the unit
    node: Ints  # the hub's, in its unit
    hub: Hashes
    linked: Hashes


def pair_unit(
    job: Job,
    element: tuple[int, Unit],
    units: Sequence[Unit],
    duplicates: Sequence[Duplicates],
    decided: Sequence[Done] = (),
) -> Iterator[Done]:
    """Keep the distinct pairs of hub and linked identity of one unit, by the hub's shard."""
    number, unit = element
    graph = job.graphs[number]
    losers = losing_rows(job, sorted(units).index(unit), duplicates)
    with open_decided(job, number, unit.name, UnitFile.at(unit.name)) as records:
        view = read_unit_graph(job, graph, unit.source, records, losers, None)
        hashes = records.hash[:]
    rule, hub, linked = _pairs(graph, view, losers)
    node_hash = scope_hashes(job, graph, take_rows(hashes, view.nodes.identity), view.nodes.scope)
    by_shard = partition(shard_of(node_hash[hub, 0], job.exchange_shards), job.exchange_shards)
    order = by_shard.order
    pairs = HubPairsFile(
        start=by_shard.start,
        rule=rule[order],
        node=hub[order],
        hub=take_rows(take_rows(node_hash, hub), order),
        linked=take_rows(take_rows(node_hash, linked), order),
    )
    job.store.write(HubPairsFile.at(number, unit.name), pairs)
    yield Done(number, unit.name)


def _pairs(graph: Graph, view: UnitGraph, losers: Ints) -> tuple[Ints, Ints, Ints]:
    """The rule, the hub's node and the linked node of each pair; replaced records count nothing."""
    counted = np.ones(len(view.verdict), bool)
    counted[losers] = False
    of_entry = np.where(view.entries.of_change, -1, view.nodes.of_entry)
    kind = view.type[view.nodes.identity]
    pairs = [
        hub_pairs(view.entries.start, of_entry, kind, counted, rule.type, rule.linked_type)
        for rule in graph.hubs
    ]
    hubs, linked = zip(*pairs, strict=True)
    rule = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(hub) for hub in hubs])
    return rule, np.concatenate(hubs), np.concatenate(linked)


def judge_shard(
    job: Job, element: tuple[int, int], units: Sequence[Unit], paired: Sequence[Done]
) -> Iterator[Done]:
    """Count what the hubs of one shard link, and keep the nodes to cut by unit."""
    graph, shard = element
    place = {unit.name: i for i, unit in enumerate(sorted(units))}
    parts = [
        _pairs_of_shard(job, graph, shard, done.name, place[done.name])
        for done in sorted(paired)
        if done.of == graph
    ]
    if not parts:
        return
    given = _Pairs(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    limits = np.array([rule.more_than for rule in job.graphs[graph].hubs], np.int64)
    over = over_limit(given.rule, given.hub, given.linked, limits)
    by_unit = partition(given.unit[over].astype(np.int64), len(place))
    cut = HubCutFile(start=by_unit.start, node=given.node[over][by_unit.order])
    job.store.write(HubCutFile.at(graph, shard), cut)
    yield Done(graph, str(shard))


def _pairs_of_shard(job: Job, graph: int, shard: int, unit: str, place: int) -> _Pairs:
    """Those of one unit, which is at a place among all."""
    with job.store.open(HubPairsFile.at(graph, unit)) as pairs:
        low, high = pairs.start.span(shard)
        return _Pairs(
            pairs.rule[low:high],
            np.full(high - low, place, np.int32),
            pairs.node[low:high],
            pairs.hub[low:high],
            pairs.linked[low:high],
        )
