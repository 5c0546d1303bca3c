"""Links the identities of each unit: local components, ready to be merged by identity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.components.birth import first_records, strongest, text_of
from idweave.transforms.columnar.components.link import Components, Entries, local_components, seen
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.exchange.component_files import LinkFile, NodesFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Duplicates, Graph, Job, Linked, Unit
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.views.decided import open_decided
from idweave.transforms.views.hub_nodes import hub_nodes
from idweave.transforms.views.losing_rows import losing_rows
from idweave.transforms.views.unit_graph import UnitGraph, read_unit_graph, scope_hashes

OfGraph = tuple[int, Unit]


@dataclass
class Link(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Linked]]):
    """Units to the local components of every graph."""

    job: Job
    duplicates: beam.PCollection[Duplicates]
    hubs: beam.PCollection[Done]
    decided: beam.PCollection[Done] | None  # None: nobody decided anything

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Linked]:
        sides = [units, self.duplicates, self.hubs]
        sides += [] if self.decided is None else [self.decided]
        return (
            units
            | "Each graph" >> beam.FlatMap(_each_graph, self.job)
            | "Spread" >> Spread()
            | "Link" >> in_threads(partial(link_unit, self.job), Linked, *sides)
        )


def _each_graph(unit: Unit, job: Job) -> list[OfGraph]:
    """What people link is in the graphs that have decisions, any other unit in all."""
    linked = unit.source == job.decided_source
    return [(n, unit) for n, graph in enumerate(job.graphs) if graph.decisions or not linked]


def link_unit(
    job: Job,
    element: OfGraph,
    units: Sequence[Unit],
    duplicates: Sequence[Duplicates],
    hubs: Sequence[Done],
    decided: Sequence[Done] = (),
) -> Iterator[Linked]:
    """Join what the records of one unit link, and keep it by shard of identity."""
    number, unit = element
    graph = job.graphs[number]
    place = sorted(units).index(unit)
    losers = losing_rows(job, place, duplicates)
    cut = hub_nodes(job, number, place, hubs) if graph.hubs else None
    with open_decided(job, number, unit.name, UnitFile.at(unit.name)) as kept:
        view = read_unit_graph(job, graph, unit.source, kept, losers, cut)
        found = local_components(
            view.entries, view.nodes.of_entry, view.verdict, len(view.nodes.identity)
        )
        link, nodes = _contents(job, graph, kept, view, found)
    job.store.write(LinkFile.at(number, unit.name), link)
    job.store.write(NodesFile.at(number, unit.name), nodes)
    yield Linked(number, unit.name, unit.source, found.number)


def _contents(
    job: Job, graph: Graph, unit: UnitFile, view: UnitGraph, found: Components
) -> tuple[LinkFile, NodesFile]:
    """The verdicts, and the nodes that take part by shard of their hash."""
    nodes, entries = view.nodes, view.entries
    present = np.flatnonzero(found.of_node >= 0)
    identity = nodes.identity.take(present)
    hashes = scope_hashes(
        job, graph, unit.hash[:].take(identity, axis=0), nodes.scope.take(present)
    )
    by_shard = partition(shard_of(hashes[:, 0], job.exchange_shards), job.exchange_shards)
    node = present[by_shard.order]
    times = _seen(job, graph, unit, view, node)
    row, born_with = _births(unit, view, found)
    link = LinkFile(
        verdict=view.verdict,
        row_component=found.of_row,
        hub_row=_rows(entries, view.hub_entry),
        hub_identity=entries.identity[view.hub_entry],
        node_component=found.of_node.take(node),
        node_identity=nodes.identity.take(node),
        node_scope=nodes.scope.take(node),
        birth_row=row,
        birth_identity=born_with,
        birth_scope=view.scope[row],
    )
    known = NodesFile(
        start=by_shard.start,
        hash=hashes.take(by_shard.order, axis=0),
        records=times.records,
        first=times.first,
        last=times.last,
    )
    return link, known


class _Seen(NamedTuple):
    """How often and when identities were seen."""

    records: Ints
    first: Longs
    last: Longs


def _seen(job: Job, graph: Graph, unit: UnitFile, view: UnitGraph, node: Longs) -> _Seen:
    """Of some nodes, for a graph of which a strategy moves no records; else of none."""
    if not any(s.moves_no_records and job.graphs[s.graph] == graph for s in job.strategies):
        none = np.empty(0, np.int64)
        return _Seen(none.astype(np.int32), none, none)
    nodes = view.nodes
    records, first, last = seen(
        view.entries.start, nodes.of_entry, view.verdict, unit.time[:], len(nodes.identity)
    )
    return _Seen(records.take(node).astype(np.int32), first.take(node), last.take(node))


def _rows(entries: Entries, entry: Longs) -> Ints:
    """The records that some entries are of."""
    return (np.searchsorted(entries.start, entry, "right") - 1).astype(np.int32)


def _births(unit: UnitFile, view: UnitGraph, found: Components) -> tuple[Ints, Ints]:
    """For each local component its first record and that one's strongest identity."""
    ids, values = text_of(unit.record_id[:]), text_of(unit.value[:])
    rows = first_records(found.of_row, unit.time[:], ids, found.number)
    own = (view.nodes.of_entry >= 0) & ~view.entries.of_change
    place = np.where(own, view.place[view.entries.identity], -1)
    entry = strongest(rows, view.entries.start, view.entries.identity, place, values)
    return rows, view.entries.identity[entry]
