"""Writes identities where the component is the profile: each by the unit that owns it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.exchange.component_files import LinkFile
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Edges, Job, Linked, ResolvedShard, Written
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.tables import identities
from idweave.transforms.tables.columns import chosen, coded
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.component_digests import component_digests, profile_digests
from idweave.transforms.views.graph_units import place_in_graph
from idweave.transforms.views.owned_identities import owned_seen, owner_flags


@dataclass
class WriteIdentities(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Written]]):
    """Every identity to one row, for the strategies that move no records."""

    job: Job
    merged: beam.PCollection[Edges]
    named: beam.PCollection[Done]
    lasting: beam.PCollection[ResolvedShard]  # with a base: when ids are there

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Written]:
        sides = (linked, self.merged, self.named, self.lasting)
        return (
            linked
            | "Each strategy" >> beam.FlatMap(_each_strategy, self.job)
            | "Spread" >> Spread()
            | "Write" >> in_threads(partial(write_unit, self.job), Written, *sides)
        )


def _each_strategy(unit: Linked, job: Job) -> list[tuple[int, Linked]]:
    if "identities" not in job.tables:
        return []
    return [
        (number, unit)
        for number, plan in enumerate(job.strategies)
        if plan.graph == unit.graph and plan.moves_no_records
    ]


def write_unit(
    job: Job,
    element: tuple[int, Linked],
    linked: Sequence[Linked],
    merged: Sequence[Edges],
    named: Sequence[Done],
    lasting: Sequence[ResolvedShard],
) -> Iterator[Written]:
    """Write the identities that one unit owns."""
    strategy, unit = element
    place = place_in_graph(linked, unit)
    owner, owned = owner_flags(job, unit, place), owned_seen(job, unit, place)
    with job.store.open(LinkFile.at(unit.graph, unit.unit)) as link:
        identity, scope = link.node_identity[:][owner], link.node_scope[:][owner]
        component = link.node_component[:][owner]
    with job.store.open(UnitFile.at(unit.unit)) as records:
        kind = records.type[:].take(identity)
        value = records.value[:].take(pa.array(identity))
    components = profiles = _ids(component, component_digests(job, unit, linked, named))
    if job.strategies[strategy].base is not None:
        lasting_ids = profile_digests(job, strategy, unit, linked, named)
        profiles = _ids(component, lasting_ids)
    rows = identities.rows(
        identities.IdentityRows(
            type=chosen(kind, job.type_names),
            value=value.cast(pa.string()),
            profile=profiles,
            component=components,
            scope=chosen(scope, job.graphs[unit.graph].scopes),
            linked=np.ones(len(kind), bool),
            first=owned.first,
            last=owned.last,
            records=owned.records,
        )
    )
    name = job.strategies[strategy].name
    output = output_of(job, "identities", name)
    yield Written(name, write_part(job.result, output, place, [rows]))


def _ids(component: Ints, digest: Hashes) -> pa.Array:
    """[n] the ids of some components, written once for each."""
    used = np.zeros(len(digest), bool)
    used[component] = True
    return coded((np.cumsum(used) - 1).take(component), id_texts(take_rows(digest, used)))
