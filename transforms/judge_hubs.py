"""Judges hub rules on all linkages of a scope, before anything is refused (SEMANTICS 2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.columnar.identities.hubs import hub_pairs, over_limit
from idweave.transforms.exchange.duplicate_and_hub_files import HubCutFile, HubPairsFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Duplicates, Job, Unit
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.views.losing_rows import losing_rows
from idweave.transforms.views.unit_graph import read_unit_graph, scope_hashes


@dataclass
class JudgeHubs(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Done]]):
    """Units to the identities that link nothing; graphs without hub rules cost nothing."""

    job: Job
    duplicates: beam.PCollection[Duplicates]

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Done]:
        graphs = [i for i, graph in enumerate(self.job.graphs) if graph.hubs]
        paired = (
            units
            | "Each graph" >> beam.FlatMap(_each, graphs)
            | "Spread" >> beam.Reshuffle()
            | "Pair" >> in_threads(partial(pair_unit, self.job), Done, units, self.duplicates)
        )
        shards = [(g, s) for g in graphs for s in range(self.job.exchange_shards)]
        return (
            units.pipeline
            | "Shards" >> beam.Create(shards).with_output_types(tuple[int, int])
            | "Spread shards" >> beam.Reshuffle()
            | "Judge" >> in_threads(partial(judge_shard, self.job), Done, units, paired)
        )


def _each(unit: Unit, graphs: list[int]) -> list[tuple[int, Unit]]:
    return [(graph, unit) for graph in graphs]


def pair_unit(
    job: Job,
    element: tuple[int, Unit],
    units: Sequence[Unit],
    duplicates: Sequence[Duplicates],
) -> Iterator[Done]:
    """Keep the distinct pairs of hub and linked identity of one unit, by the hub's shard."""
    number, unit = element
    graph = job.graphs[number]
    losers = losing_rows(job, unit, units, duplicates)
    with job.store.open(UnitFile.at(unit.name)) as kept:
        view = read_unit_graph(job, graph, unit.source, kept, losers, None)
        hashes = kept.hash[:]
    counted = np.ones(len(view.verdict), bool)
    counted[losers] = False
    pairs = [
        hub_pairs(
            view.entries.start,
            np.where(view.entries.of_change, -1, view.nodes.of_entry),
            view.type[view.nodes.identity],
            counted,
            rule.type,
            rule.linked_type,
        )
        for rule in graph.hubs
    ]
    rule = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(hub) for hub, _ in pairs])
    hub = np.concatenate([hub for hub, _ in pairs])
    linked = np.concatenate([linked for _, linked in pairs])
    node_hash = scope_hashes(job, graph, hashes[view.nodes.identity], view.nodes.scope)
    by_shard = partition(shard_of(node_hash[hub, 0], job.exchange_shards), job.exchange_shards)
    order = by_shard.order
    found = HubPairsFile(
        start=by_shard.start,
        rule=rule[order],
        node=hub[order],
        hub=node_hash[hub][order],
        linked=node_hash[linked][order],
    )
    job.store.write(HubPairsFile.at(number, unit.name), found)
    yield Done(number, unit.name)


def judge_shard(
    job: Job, element: tuple[int, int], units: Sequence[Unit], paired: Sequence[Done]
) -> Iterator[Done]:
    """Count what the hubs of one shard link, and keep the nodes to cut by unit."""
    number, shard = element
    parts: dict[str, list[np.ndarray]] = {k: [] for k in ("rule", "node", "hub", "linked", "unit")}
    place = {unit.name: i for i, unit in enumerate(sorted(units))}
    for done in sorted(paired):
        if done.of != number:
            continue
        with job.store.open(HubPairsFile.at(number, done.name)) as pairs:
            low, high = pairs.start.span(shard)
            parts["rule"].append(pairs.rule[low:high])
            parts["node"].append(pairs.node[low:high])
            parts["hub"].append(pairs.hub[low:high])
            parts["linked"].append(pairs.linked[low:high])
        parts["unit"].append(np.full(high - low, place[done.name], np.int32))
    if not parts["unit"]:
        return
    rule, node, hub, linked, unit = (np.concatenate(arrays) for arrays in parts.values())
    limits = np.array([r.more_than for r in job.graphs[number].hubs], np.int64)
    over = over_limit(rule, hub, linked, limits)
    node, unit = node[over], unit[over]
    order = np.argsort(unit, kind="stable")
    ends = np.searchsorted(unit[order], np.arange(len(place) + 1)).astype(np.int64)
    job.store.write(HubCutFile.at(number, shard), HubCutFile(start=ends, node=node[order]))
    yield Done(number, str(shard))
