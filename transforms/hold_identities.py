"""Says what profiles hold where the component is the profile: each identity by its owner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.exchange.component_files import LinkFile
from idweave.transforms.exchange.keep_profiles import keep_held
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Edges, Job, Linked
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.views.base_pieces import asks_who_holds
from idweave.transforms.views.component_digests import component_digests
from idweave.transforms.views.graph_units import place_in_graph
from idweave.transforms.views.owned_identities import owner_flags
from idweave.transforms.views.unit_graph import place_of_types, scope_hashes


@dataclass
class HoldIdentities(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Done]]):
    """Units to the identities that they own, for strategies with a base that move no records."""

    job: Job
    merged: beam.PCollection[Edges]
    named: beam.PCollection[Done]

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Done]:
        sides = (linked, self.merged, self.named)
        return (
            linked
            | "Each strategy" >> beam.FlatMap(_each_strategy, self.job)
            | "Spread" >> Spread()
            | "Hold" >> in_threads(partial(hold_unit, self.job), Done, *sides)
        )


def _each_strategy(unit: Linked, job: Job) -> list[tuple[int, Linked]]:
    return [
        (number, unit)
        for number, plan in enumerate(job.strategies)
        if plan.graph == unit.graph and plan.moves_no_records and asks_who_holds(job, number)
    ]


def hold_unit(
    job: Job,
    element: tuple[int, Linked],
    linked: Sequence[Linked],
    merged: Sequence[Edges],
    named: Sequence[Done],
) -> Iterator[Done]:
    """Keep which components hold the identities that one unit owns."""
    strategy, unit = element
    graph = job.graphs[unit.graph]
    owner = owner_flags(job, unit, place_in_graph(linked, unit))
    digest = component_digests(job, unit, linked, named)
    with job.store.open(LinkFile.at(unit.graph, unit.unit)) as link:
        identity, scope = link.node_identity[:][owner], link.node_scope[:][owner]
        component = link.node_component[:][owner]
    with job.store.open(UnitFile.at(unit.unit)) as records:
        kind, hashes = records.type[:][identity], take_rows(records.hash[:], identity)
    place = place_of_types(graph.link_on, len(job.type_names))[kind]
    hashes = scope_hashes(job, graph, hashes, scope)
    keep_held(job, strategy, unit.unit, hashes, take_rows(digest, component), place)
    yield Done(strategy, unit.unit)
