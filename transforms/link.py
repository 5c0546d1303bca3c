"""Links the identities of each unit: local components, ready to be merged by identity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.components.birth import first_records, strongest, text_of
from idweave.transforms.columnar.components.link import Components, local_components, seen
from idweave.transforms.columnar.components.merge import partition, shard_of
from idweave.transforms.exchange.store import Array, Kept
from idweave.transforms.find_duplicates import Duplicates, losing_rows
from idweave.transforms.job import Done, Graph, Job, Linked, Unit
from idweave.transforms.judge_hubs import hub_nodes
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.views.unit_graph import UnitGraph, read_unit_graph, scope_hashes

OfGraph = tuple[int, Unit]


@dataclass
class Link(beam.PTransform[beam.PCollection[Unit], beam.PCollection[Linked]]):
    """Units to the local components of every graph."""

    job: Job
    duplicates: beam.PCollection[Duplicates]
    hubs: beam.PCollection[Done]

    def expand(self, units: beam.PCollection[Unit]) -> beam.PCollection[Linked]:
        sides = (units, self.duplicates, self.hubs)
        return (
            units
            | "Each graph" >> beam.FlatMap(_each_graph, len(self.job.graphs))
            | "Spread" >> beam.Reshuffle()
            | "Link" >> in_threads(partial(link_unit, self.job), Linked, *sides)
        )


def _each_graph(unit: Unit, graphs: int) -> list[OfGraph]:
    return [(graph, unit) for graph in range(graphs)]


def link_unit(
    job: Job,
    element: OfGraph,
    units: Sequence[Unit],
    duplicates: Sequence[Duplicates],
    hubs: Sequence[Done],
) -> Iterator[Linked]:
    """Join what the records of one unit link, and keep it by shard of identity."""
    number, unit = element
    graph = job.graphs[number]
    losers = losing_rows(job, unit, units, duplicates)
    cut = hub_nodes(job, number, unit, units, hubs) if graph.hubs else None
    with job.store.open(f"unit/{unit.name}") as kept:
        view = read_unit_graph(job, graph, kept, losers, cut)
        found = local_components(
            view.entries, view.nodes.of_entry, view.verdict, len(view.nodes.identity)
        )
        arrays = _by_shard(job, graph, kept, view, found) | _births(graph, kept, view, found)
    arrays |= {
        "verdict": view.verdict,
        "row_component": found.of_row,
        "hub_entry": view.hub_entry,
        "entry_identity": view.entries.identity[view.hub_entry],
        "entry_row": np.searchsorted(view.entries.start, view.hub_entry, "right") - 1,
    }
    job.store.write(f"link/{number}/{unit.name}", arrays)
    yield Linked(
        number,
        unit.name,
        unit.source,
        found.number,
        len(arrays["node.identity"]),
        len(view.hub_entry),
        (),
    )


def _by_shard(
    job: Job, graph: Graph, kept: Kept, view: UnitGraph, found: Components
) -> dict[str, Array]:
    """The nodes that take part, by shard of their hash."""
    nodes = view.nodes
    present = np.flatnonzero(found.of_node >= 0)
    hashes = kept.read("hash")[nodes.identity[present]]
    hashes = scope_hashes(job, graph, hashes, nodes.scope[present])
    by_shard = partition(shard_of(hashes[:, 0], job.exchange_shards), job.exchange_shards)
    node = present[by_shard.order]
    arrays: dict[str, Array] = {
        "shard.start": by_shard.start,
        "node.hash": hashes[by_shard.order],
        "node.component": found.of_node[node],
        "node.identity": nodes.identity[node],
        "node.scope": nodes.scope[node],
    }
    if any(s.moves_no_records and job.graphs[s.graph] == graph for s in job.strategies):
        count, first, last = seen(
            view.entries.start, nodes.of_entry, view.verdict, kept.read("time"), len(nodes.identity)
        )
        arrays |= {
            "node.count": count[node].astype(np.int32),
            "node.first": first[node],
            "node.last": last[node],
        }
    return arrays


def _births(graph: Graph, kept: Kept, view: UnitGraph, found: Components) -> dict[str, Array]:
    """For each local component its first record and that one's strongest identity."""
    ids = text_of(kept.texts("record_id"))
    values = text_of(kept.texts("value"))
    time = kept.read("time")
    rows = first_records(found.of_row, time, ids, found.number)
    of_entry = view.nodes.of_entry
    place = np.where(
        (of_entry >= 0) & ~view.entries.of_change, view.place[view.entries.identity], -1
    )
    entry = strongest(rows, view.entries.start, view.entries.identity, place, values)
    return {
        "birth.row": rows,
        "birth.identity": view.entries.identity[entry],
        "birth.scope": view.scope[rows].astype(np.min_scalar_type(len(graph.scopes))),
    }
