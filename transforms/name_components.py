"""Names components by what was first in: the units ask, the shards of labels answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Ints, Longs
from idweave.transforms.columnar.components.birth import Born, identity_digests, prefixes, text_of
from idweave.transforms.columnar.components.contract import random_shard
from idweave.transforms.columnar.components.first_in import FirstIn, first_in
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.exchange.component_files import (
    AskedFile,
    CandidatesFile,
    LinkFile,
    NamedFile,
)
from idweave.transforms.exchange.keep_profiles import keep_births
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.job import Done, Edges, Job, Labelled, Linked
from idweave.transforms.running.counts import StrategyCounts
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements, Spread
from idweave.transforms.views.decided import open_decided
from idweave.transforms.views.graph_units import component_bases, of_graph
from idweave.transforms.views.owned_identities import owner_flags
from idweave.transforms.views.profile_writers import remembers
from idweave.transforms.views.read_labels import read_labels


@dataclass
class NameComponents(beam.PTransform[beam.PCollection[Labelled], beam.PCollection[Done]]):
    """Labels to the components' ids; `component_digests` reads them."""

    job: Job
    linked: beam.PCollection[Linked]
    merged: beam.PCollection[Edges]

    def expand(self, solved: beam.PCollection[Labelled]) -> beam.PCollection[Done]:
        job = self.job
        asked = (
            self.linked
            | "Spread" >> Spread()
            | "Ask" >> in_threads(partial(ask_unit, job), Done, self.linked, solved, self.merged)
        )
        graphs, shards = range(len(job.graphs)), range(job.exchange_shards)
        elements = [(graph, shard) for graph in graphs for shard in shards]
        candidates = [CandidatesFile.at(graph, "").folder for graph in graphs]
        return (
            solved.pipeline
            | "Shards" >> Elements(elements, tuple[int, int])
            | "Name" >> in_threads(partial(name_shard, job), Done, self.linked, asked)
            | "Candidates" >> ReadOnce(job, candidates, Done)
        )


def ask_unit(
    job: Job,
    unit: Linked,
    linked: Sequence[Linked],
    solved: Sequence[Labelled],
    merged: Sequence[Edges],
) -> Iterator[Done]:
    """Send what each local component could be born with to the shard of its label."""
    units = of_graph(linked, unit.graph)
    base = component_bases(units)
    place = units.index(unit)
    label = read_labels(job, unit.graph, 0, solved, int(base[place]), int(base[place + 1]))
    by_shard = partition(random_shard(label, label, job.exchange_shards), job.exchange_shards)
    order = by_shard.order
    with job.store.open(LinkFile.at(unit.graph, unit.unit)) as link:
        row, identity = link.birth_row[:].take(order), link.birth_identity[:].take(order)
        scope = link.birth_scope[:].take(order)
        component = link.node_component[:]
    owned = component[owner_flags(job, unit, place)]
    with open_decided(job, unit.graph, unit.unit, UnitFile.at(unit.unit)) as records:
        candidates = CandidatesFile(
            start=by_shard.start,
            label=label.take(order),
            time=_times(job, unit, records, row),
            prefix=prefixes(row, text_of(records.record_id[:])),
            row=row,
            scope=scope,
            type=records.type[:].take(identity),
            value=records.value[:].take(pa.array(identity)),
            size=np.bincount(owned, minlength=unit.components)[order].astype(np.int32),
        )
    job.store.write(CandidatesFile.at(unit.graph, unit.unit), candidates)
    asked = AskedFile(component=order.astype(np.int32))
    job.store.write(AskedFile.at(unit.graph, unit.unit), asked)
    yield Done(unit.graph, unit.unit)


def _times(job: Job, unit: Linked, records: UnitFile, row: Ints) -> Longs:
    """When records were; what people link comes after all that was seen."""
    if unit.source == job.decided_source:
        return np.full(len(row), np.iinfo(np.int64).max)
    return records.time[:].take(row)


class _Candidates(NamedTuple):
    """What the components of one shard could be named by: ``m`` local components, by unit."""

    unit: Ints
    label: Longs
    time: Longs
    prefix: NDArray[np.uint64]
    row: Ints
    scope: Ints
    type: NDArray[np.int16]
    size: Ints


def name_shard(
    job: Job, element: tuple[int, int], linked: Sequence[Linked], asked: Sequence[Done]
) -> Iterator[Done]:
    """Choose the first record of each component of one shard, and answer with its digest."""
    graph, shard = element
    units = of_graph(linked, graph)
    if not units:
        return
    parts: list[_Candidates] = []
    values: list[pa.Array] = []
    for place, unit in enumerate(units):
        with job.store.open(CandidatesFile.at(graph, unit.unit)) as file:
            low, high = file.start.span(shard)
            parts.append(_candidates(file, place, low, high))
            values.append(file.value[low:high])
    start = np.cumsum([0] + [len(part.label) for part in parts], dtype=np.int64)
    given = _Candidates(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    source = np.array([unit.source for unit in units], np.int32)[given.unit]
    found = first_in(given.label, given.time, source, given.prefix)
    best = _untie(job, found, units, given)
    digest = identity_digests(
        list(job.graphs[graph].scopes),
        list(job.type_names),
        Born(given.scope[best], given.type[best].astype(np.int32), best.astype(np.int64)),
        text_of(concat_texts(values)),
        job.id_key,
    ).view(np.uint64)
    named = NamedFile(start=start, digest=digest.take(found.label, axis=0))
    job.store.write(NamedFile.at(graph, shard), named)
    for number, plan in enumerate(job.strategies):
        if plan.graph == graph and plan.moves_no_records and remembers(job, plan):
            keep_births(job, number, str(shard), digest, given.scope[best])
    sizes = np.bincount(found.label, given.size).astype(np.int64)
    counts = StrategyCounts(components=len(best), largest_component=int(sizes.max(initial=0)))
    yield Done(graph, str(shard), counts)


def _candidates(file: CandidatesFile, place: int, low: int, high: int) -> _Candidates:
    """Those of one unit."""
    return _Candidates(
        np.full(high - low, place, np.int32),
        file.label[low:high],
        file.time[low:high],
        file.prefix[low:high],
        file.row[low:high],
        file.scope[low:high],
        file.type[low:high],
        file.size[low:high],
    )


def _untie(job: Job, found: FirstIn, units: Sequence[Linked], given: _Candidates) -> Ints:
    """Compare whole record ids where time, source and the first 16 bytes are equal."""
    best = found.best.copy()
    if not len(found.tied):
        return best
    rivals = np.union1d(found.tied, best[np.unique(found.label[found.tied])])
    ids: dict[int, bytes] = {}  # bounded by the ties of one shard
    for unit in np.unique(given.unit[rivals]).tolist():
        with job.store.open(UnitFile.at(units[unit].unit)) as kept:
            texts = kept.record_id[:]
            for rival in rivals[given.unit[rivals] == unit].tolist():
                ids[rival] = texts[int(given.row[rival])].as_buffer().to_pybytes()
    for rival in found.tied.tolist():
        label = found.label[rival]
        if (ids[rival], rival) < (ids[int(best[label])], int(best[label])):
            best[label] = rival
    return best
