"""Names components by what was first in: the units ask, the shards of labels answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.components.birth import identity_digests, prefixes, text_of
from idweave.transforms.columnar.components.contract import random_shard
from idweave.transforms.columnar.components.first_in import FirstIn, first_in
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.columnar.policies.seam import Ints
from idweave.transforms.exchange.store import Array
from idweave.transforms.job import Done, Edges, Job, Labelled, Linked
from idweave.transforms.merge_identities import component_bases, of_graph, owner_flags
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.solve_components import read_labels

_KEYS = ("label", "time", "prefix", "row", "scope", "type", "size")


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
            | "Spread" >> beam.Reshuffle()
            | "Ask" >> in_threads(partial(ask_unit, job), Done, self.linked, solved, self.merged)
        )
        shards = range(job.exchange_shards)
        elements = [(graph, shard) for graph in range(len(job.graphs)) for shard in shards]
        return (
            solved.pipeline
            | "Shards" >> beam.Create(elements).with_output_types(tuple[int, int])
            | "Spread shards" >> beam.Reshuffle()
            | "Name" >> in_threads(partial(name_shard, job), Done, self.linked, asked)
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
    with job.store.open(f"link/{unit.graph}/{unit.unit}") as kept:
        row, identity, scope = (
            kept.read(f"birth.{k}")[order] for k in ("row", "identity", "scope")
        )
        component = kept.read("node.component")
    owned = component[owner_flags(job, unit, place)]
    with job.store.open(f"unit/{unit.unit}") as kept:
        arrays = {
            "start": by_shard.start,
            "component": order.astype(np.int32),
            "label": label[order],
            "time": kept.read("time")[row],
            "prefix": prefixes(row, text_of(kept.texts("record_id"))),
            "row": row,
            "scope": scope,
            "type": kept.read("type")[identity],
            "value": kept.texts("value").take(pa.array(identity)),
            "size": np.bincount(owned, minlength=unit.components)[order].astype(np.int32),
        }
    job.store.write(f"asked/{unit.graph}/{unit.unit}", arrays)
    yield Done(unit.graph, unit.unit, ())


def name_shard(
    job: Job, element: tuple[int, int], linked: Sequence[Linked], asked: Sequence[Done]
) -> Iterator[Done]:
    """Choose the first record of each component of one shard, and answer with its digest."""
    graph, shard = element
    units = of_graph(linked, graph)
    parts: dict[str, list[Array]] = {key: [] for key in _KEYS}
    values: list[pa.Array] = []
    start = [0]
    for unit in units:
        with job.store.open(f"asked/{graph}/{unit.unit}") as kept:
            low, high = kept.read("start", shard, shard + 2).tolist()
            for key, read in parts.items():
                read.append(kept.read(key, low, high))
            values.append(kept.texts("value", low, high))
        start.append(start[-1] + high - low)
    if not units:
        return
    label, time, prefix, row, scope, kind, size = (np.concatenate(a) for a in parts.values())
    unit_of = np.repeat(np.arange(len(units), dtype=np.int32), np.diff(start))
    source = np.array([unit.source for unit in units], np.int32)[unit_of]
    found = first_in(label, time, source, prefix)
    best = _untie(job, found, units, unit_of, row)
    digest = identity_digests(
        list(job.graphs[graph].scopes),
        list(job.type_names),
        scope[best].astype(np.int32),
        kind[best].astype(np.int32),
        best.astype(np.int64),
        text_of(concat_texts(values)),
    ).view(np.uint64)
    arrays = {"start": np.array(start, np.int64), "digest": digest[found.label]}
    job.store.write(f"named/{graph}/{shard}", arrays)
    sizes = np.bincount(found.label, size).astype(np.int64)
    counts = ((("components",), len(best)), (("largest component",), int(sizes.max(initial=0))))
    yield Done(graph, str(shard), counts)


def _untie(job: Job, found: FirstIn, units: Sequence[Linked], unit_of: Array, row: Array) -> Ints:
    """Compare whole record ids where time, source and the first 16 bytes are equal."""
    best = found.best.copy()
    if not len(found.tied):
        return best
    rivals = np.union1d(found.tied, best[np.unique(found.label[found.tied])])
    ids: dict[int, bytes] = {}  # bounded by the ties of one shard
    for unit in np.unique(unit_of[rivals]).tolist():
        with job.store.open(f"unit/{units[unit].unit}") as kept:
            texts = kept.texts("record_id")
            for rival in rivals[unit_of[rivals] == unit].tolist():
                ids[rival] = texts[int(row[rival])].as_buffer().to_pybytes()
    for rival in found.tied.tolist():
        label = found.label[rival]
        if (ids[rival], rival) < (ids[int(best[label])], int(best[label])):
            best[label] = rival
    return best


def component_digests(
    job: Job, unit: Linked, linked: Sequence[Linked], named: Sequence[Done]
) -> Array:
    """[components, 2] the ids of a unit's local components, as two words of 8 bytes."""
    place = of_graph(linked, unit.graph).index(unit)
    answers = [np.empty((0, 2), np.uint64)]
    for shard in sorted(int(done.name) for done in named if done.of == unit.graph):
        with job.store.open(f"named/{unit.graph}/{shard}") as kept:
            low, high = kept.read("start", place, place + 2).tolist()
            answers.append(kept.read("digest", low, high))
    out = np.empty((unit.components, 2), np.uint64)
    with job.store.open(f"asked/{unit.graph}/{unit.unit}") as kept:
        out[kept.read("component")] = np.concatenate(answers)
    return out
