"""Gathers observations by component, for the policies that look at records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.components.link import TAKES_PART
from idweave.transforms.columnar.gathering.gather import Changed, Cut, cut, piece_of
from idweave.transforms.columnar.policies.seam import MODIFY, NO_VALUE
from idweave.transforms.exchange.store import Array, Kept
from idweave.transforms.find_duplicates import Duplicates, losing_rows
from idweave.transforms.job import Done, Graph, Job, Linked, Unit
from idweave.transforms.judge_hubs import hub_nodes
from idweave.transforms.name_components import component_digests
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.views.unit_graph import (
    UnitGraph,
    place_of_types,
    read_unit_graph,
    scope_hashes,
)


@dataclass
class Gather(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Done]]):
    """Units to pieces of whole components, for each graph that has a policy to replay."""

    job: Job
    units: beam.PCollection[Unit]
    duplicates: beam.PCollection[Duplicates]
    hubs: beam.PCollection[Done]
    named: beam.PCollection[Done]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Done]:
        sides = (linked, self.units, self.duplicates, self.hubs, self.named)
        graphs = {plan.graph for plan in self.job.strategies if not plan.moves_no_records}
        return (
            linked
            | "Of replayed graphs" >> beam.Filter(_is_of, graphs)
            | "Spread" >> beam.Reshuffle()
            | "Gather" >> in_threads(partial(gather_unit, self.job), Done, *sides)
        )


def _is_of(unit: Linked, graphs: set[int]) -> bool:
    return unit.graph in graphs


def gather_unit(
    job: Job,
    unit: Linked,
    linked: Sequence[Linked],
    units: Sequence[Unit],
    duplicates: Sequence[Duplicates],
    hubs: Sequence[Done],
    named: Sequence[Done],
) -> Iterator[Done]:
    """Keep the records of one unit that take part, by piece of their component."""
    graph = job.graphs[unit.graph]
    of_unit = next(u for u in units if u.name == unit.unit)
    losers = losing_rows(job, of_unit, units, duplicates)
    cut_nodes = hub_nodes(job, unit.graph, of_unit, units, hubs) if graph.hubs else None
    digest = component_digests(job, unit, linked, named)
    with job.store.open(f"link/{unit.graph}/{unit.unit}") as kept:
        verdict, component = kept.read("verdict"), kept.read("row_component")
    row = np.flatnonzero(verdict == TAKES_PART).astype(np.int32)
    of_row = digest[component[row]]
    with job.store.open(f"unit/{unit.unit}") as kept:
        view = read_unit_graph(job, graph, kept, losers, cut_nodes)
        pieces = job.shards * job.pieces
        parts = cut(
            row,
            piece_of(of_row, pieces),
            pieces,
            view.entries.start,
            view.entries.identity,
            _wanted(job, view),
            view.scope,
            _changed(job, graph, kept),
        )
        in_order = digest[component[parts.row]]
        arrays = _arrays(job, graph, kept, view, parts) | {"digest": in_order}
    job.store.write(f"gathered/{unit.graph}/{unit.unit}", arrays)
    yield Done(unit.graph, unit.unit, ())


def _wanted(job: Job, view: UnitGraph) -> Array:
    """Linked identities that no hub rule cut, and others if a table lists them."""
    linked = view.place[view.entries.identity] >= 0
    lists_all = bool({"identities", "profiles", "platforms"} & set(job.tables))
    used = np.where(linked, view.nodes.of_entry >= 0, lists_all)
    return np.asarray(used & ~view.entries.of_change)


def _changed(job: Job, graph: Graph, kept: Kept) -> Changed:
    """The changes of `modify` requests; values of types that are not linked are left out."""
    if not graph.all_requests or "change.row" not in kept:
        none = np.empty(0, np.int32)
        return Changed(none, none, none)
    row = kept.read("change.row")
    # one place more than there are types: type -1, no configured one, finds it and gets -1
    place = place_of_types(graph.link_on, len(job.type_names) + 1)[kept.read("change.type")]
    skipped = (place < 0) | (kept.read("request")[row] != MODIFY)
    old, new = kept.read("change.old"), kept.read("change.new")
    return Changed(
        row,
        np.where(skipped, NO_VALUE, old).astype(np.int32),
        np.where(skipped, NO_VALUE, new).astype(np.int32),
    )


def _arrays(
    job: Job, graph: Graph, kept: Kept, view: UnitGraph, parts: Cut
) -> dict[str, Array | pa.Array]:
    """What a resolver needs of the unit, by piece."""
    rows = pa.array(parts.row)
    arrays: dict[str, Array | pa.Array] = {
        "piece_start": parts.piece_start,
        "row": parts.row,
        "time": kept.read("time")[parts.row],
        "request": kept.read("request")[parts.row],
        "scope": view.scope[parts.row],
        "record_id": kept.texts("record_id").take(rows),
        "entry_start": parts.entry_start,
        "entry": parts.entry,
        "identity_start": parts.identity_start,
        "identity.hash": scope_hashes(job, graph, kept.read("hash")[parts.identity], parts.scope),
        "identity.type": view.type[parts.identity],
        "identity.value": kept.texts("value").take(pa.array(parts.identity)),
        "change_start": parts.change_start,
        "change.old": parts.old,
        "change.new": parts.new,
    }
    changes = pa.array(parts.change)
    if len(changes):
        arrays["change.type"] = kept.read("change.type")[parts.change]
        arrays["change.type_name"] = kept.texts("change.type_name").take(changes)
        arrays["change.text"] = kept.texts("change.text").take(changes)
    for name, _ in job.attributes:
        if f"attribute.{name}" in kept:
            arrays[f"attribute.{name}"] = kept.texts(f"attribute.{name}").take(rows)
    return arrays
