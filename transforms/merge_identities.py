"""Merges the units by identity: each identity gets one owner and ties its local components."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.components.merge import merge_seen, tie
from idweave.transforms.columnar.policies.seam import Longs
from idweave.transforms.exchange.store import Array
from idweave.transforms.job import Edges, Job, Linked
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.solve_components import keep_edges


@dataclass
class MergeIdentities(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Edges]]):
    """Local components to edges between them, by shard of identity."""

    job: Job

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Edges]:
        shards = range(self.job.exchange_shards)
        elements = [(graph, shard) for graph in range(len(self.job.graphs)) for shard in shards]
        return (
            linked.pipeline
            | "Shards" >> beam.Create(elements).with_output_types(tuple[int, int])
            | "Spread" >> beam.Reshuffle()
            | "Merge" >> in_threads(partial(merge_shard, self.job), Edges, linked)
        )


def of_graph(linked: Sequence[Linked], graph: int) -> list[Linked]:
    """One graph's units, in order."""
    return sorted(part for part in linked if part.graph == graph)


def component_bases(units: Sequence[Linked]) -> Longs:
    """[units + 1] the global number of each unit's first local component."""
    return np.concatenate([[0], np.cumsum([unit.components for unit in units])]).astype(np.int64)


def merge_shard(job: Job, element: tuple[int, int], linked: Sequence[Linked]) -> Iterator[Edges]:
    """Find the owner of each identity of one shard, what it ties, and when it was seen."""
    number, shard = element
    units = of_graph(linked, number)
    base = component_bases(units)
    counts = any(s.graph == number and s.moves_no_records for s in job.strategies)
    keys = ("hash", "component") + (("count", "first", "last") if counts else ())
    parts: dict[str, list[Array]] = {key: [] for key in keys}
    start = [0]
    for unit, first in zip(units, base.tolist(), strict=False):
        with job.store.open(f"link/{number}/{unit.unit}") as kept:
            low, high = kept.read("shard.start", shard, shard + 2).tolist()
            for key, arrays in parts.items():
                arrays.append(kept.read(f"node.{key}", low, high))
        parts["component"][-1] = parts["component"][-1].astype(np.int64) + first
        start.append(start[-1] + high - low)
    if not units:
        yield keep_edges(job, number, 0, shard, np.empty(0, np.int64), np.empty(0, np.int64))
        return
    merged = {key: np.concatenate(arrays) for key, arrays in parts.items()}
    tied, of_owner = tie(merged["hash"], merged["component"])
    answers = {"owner": tied.owner, "start": np.array(start, np.int64)}
    if counts:
        count = merged["count"].astype(np.int64)
        merge_seen(of_owner, count, merged["first"], merged["last"])
        owners_before = np.concatenate([[0], np.cumsum(tied.owner)])
        answers |= {
            "owner_start": owners_before[start],
            "count": count[tied.owner],
            "first": merged["first"][tied.owner],
            "last": merged["last"][tied.owner],
        }
    job.store.write(f"merge/{number}/{shard}", answers)
    edges = keep_edges(job, number, 0, shard, tied.left, tied.right)
    yield edges._replace(nodes=int(tied.owner.sum()))


def owner_flags(job: Job, unit: Linked, place: int) -> Array:
    """[nodes] what the shards answered to one unit: whether it owns the identity.

    Args:
        place: of the unit.
    """
    return _answered(job, unit, place, "start", ("owner",))["owner"]


def owned_seen(job: Job, unit: Linked, place: int) -> dict[str, Array]:
    """`count`, `first` and `last` of the nodes that one unit owns, where no records are moved."""
    return _answered(job, unit, place, "owner_start", ("count", "first", "last"))


def _answered(
    job: Job, unit: Linked, place: int, start: str, keys: tuple[str, ...]
) -> dict[str, Array]:
    parts: dict[str, list[Array]] = {key: [] for key in keys}
    for shard in range(job.exchange_shards):
        with job.store.open(f"merge/{unit.graph}/{shard}") as kept:
            low, high = kept.read(start, place, place + 2).tolist()
            for key, arrays in parts.items():
                arrays.append(kept.read(key, low, high))
    return {key: np.concatenate(arrays) for key, arrays in parts.items()}
