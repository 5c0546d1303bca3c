"""Gathers observations by component, for the policies that look at records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.codes import MODIFY, NO_VALUE
from idweave.transforms.columnar.components.link import TAKES_PART
from idweave.transforms.columnar.gathering.gather import (
    Changed,
    Cut,
    Taken,
    UnitEntries,
    cut,
    piece_of,
)
from idweave.transforms.exchange.component_files import LinkFile
from idweave.transforms.exchange.profile_files import GatheredFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Duplicates, Graph, Job, Linked
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.views.component_digests import component_digests
from idweave.transforms.views.decided import open_decided
from idweave.transforms.views.graph_units import place_in_graph
from idweave.transforms.views.hub_nodes import hub_nodes
from idweave.transforms.views.losing_rows import losing_rows
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
    duplicates: beam.PCollection[Duplicates]
    hubs: beam.PCollection[Done]
    named: beam.PCollection[Done]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Done]:
        sides = (linked, self.duplicates, self.hubs, self.named)
        graphs = {plan.graph for plan in self.job.strategies if not plan.moves_no_records}
        return (
            linked
            | "Of replayed graphs" >> beam.Filter(_is_of, graphs)
            | "Spread" >> Spread()
            | "Gather" >> in_threads(partial(gather_unit, self.job), Done, *sides)
        )


def _is_of(unit: Linked, graphs: set[int]) -> bool:
    return unit.graph in graphs


def gather_unit(
    job: Job,
    unit: Linked,
    linked: Sequence[Linked],
    duplicates: Sequence[Duplicates],
    hubs: Sequence[Done],
    named: Sequence[Done],
) -> Iterator[Done]:
    """Keep the records of one unit that take part, by piece of their component."""
    graph = job.graphs[unit.graph]
    place = place_in_graph(linked, unit)  # among all: every unit is in every graph
    losers = losing_rows(job, place, duplicates)
    cut_nodes = hub_nodes(job, unit.graph, place, hubs) if graph.hubs else None
    digest = component_digests(job, unit, linked, named)
    with job.store.open(LinkFile.at(unit.graph, unit.unit)) as link:
        verdict, component = link.verdict[:], link.row_component[:]
    row = np.flatnonzero(verdict == TAKES_PART).astype(np.int32)
    of_row = digest.take(component.take(row), axis=0)
    with open_decided(job, unit.graph, unit.unit, UnitFile.at(unit.unit)) as records:
        view = read_unit_graph(job, graph, unit.source, records, losers, cut_nodes)
        pieces = job.shards * job.pieces
        entries, wanted = view.entries, _wanted(job, unit.graph, view)
        parts = cut(
            Taken(row, piece_of(of_row, pieces), pieces),
            UnitEntries(entries.start, entries.identity, wanted, view.scope),
            _changed(job, graph, records),
        )
        of_parts = digest.take(component.take(parts.row), axis=0)
        gathered = _contents(job, graph, records, view, parts, of_parts)
    job.store.write(GatheredFile.at(unit.graph, unit.unit), gathered)
    yield Done(unit.graph, unit.unit)


def _wanted(job: Job, graph: int, view: UnitGraph) -> Flags:
    """Linked identities that no hub rule cut, and others if a table lists them.

    Values as they were read, which count as others, are listed, too, and claims ask for them.
    """
    linked = view.place[view.entries.identity] >= 0
    lists_all = bool({"identities", "profiles", "platforms", "audiences"} & set(job.tables))
    lists_all |= any(plan.groups for plan in job.strategies if plan.graph == graph)
    used = np.where(linked, view.nodes.of_entry >= 0, lists_all)
    if len(view.entries.beside):
        claims = any(plan.claims for plan in job.strategies if plan.graph == graph)
        used = np.where(view.entries.beside, lists_all or claims, used)
    return np.asarray(used & ~view.entries.of_change)


def _changed(job: Job, graph: Graph, unit: UnitFile) -> Changed:
    """The changes of `modify` requests; values of types that are not linked are left out."""
    if not graph.all_requests:
        none = np.empty(0, np.int32)
        return Changed(none, none, none)
    row = unit.change_row[:]
    # one place more than there are types: type -1, no configured one, finds it and gets -1
    place = place_of_types(graph.link_on, len(job.type_names) + 1)[unit.change_type[:]]
    skipped = (place < 0) | (unit.request[:][row] != MODIFY)
    old, new = unit.change_old[:], unit.change_new[:]
    return Changed(
        row,
        np.where(skipped, NO_VALUE, old).astype(np.int32),
        np.where(skipped, NO_VALUE, new).astype(np.int32),
    )


def _contents(
    job: Job, graph: Graph, unit: UnitFile, view: UnitGraph, parts: Cut, digest: Hashes
) -> GatheredFile:
    """What a resolver needs of the unit, by piece; `digest`: the records' components."""
    rows, changes = pa.array(parts.row), pa.array(parts.change)
    names = [name for name, _ in job.attributes if name in unit.attribute]
    return GatheredFile(
        piece_start=parts.piece_start,
        row=parts.row,
        time=unit.time[:].take(parts.row),
        request=unit.request[:].take(parts.row),
        scope=view.scope[parts.row],
        record_id=unit.record_id[:].take(rows),
        digest=digest,
        attribute={name: unit.attribute[name][:].take(rows) for name in names},
        entry_start=parts.entry_start,
        entry=parts.entry,
        identity_start=parts.identity_start,
        identity_hash=scope_hashes(
            job, graph, unit.hash[:].take(parts.identity, axis=0), parts.scope
        ),
        identity_type=view.type[parts.identity],
        identity_value=unit.value[:].take(pa.array(parts.identity)),
        change_start=parts.change_start,
        change_type=unit.change_type[:][parts.change],
        change_type_name=unit.change_type_name[:].take(changes),
        change_text=unit.change_text[:].take(changes),
        change_old=parts.old,
        change_new=parts.new,
    )
