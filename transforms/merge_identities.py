"""Merges the units by identity: each identity gets one owner and ties its local components."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Flags, Longs
from idweave.transforms.columnar.components.merge import merge_seen, tie
from idweave.transforms.exchange.component_files import LinkFile, MergedFile, NodesFile
from idweave.transforms.exchange.keep_edges import keep_edges
from idweave.transforms.job import Edges, Job, Linked
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.read_once import ReadOnce
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.graph_units import component_bases, of_graph


@dataclass
class MergeIdentities(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Edges]]):
    """Local components to edges between them, by shard of identity."""

    job: Job

    def expand(self, linked: beam.PCollection[Linked]) -> beam.PCollection[Edges]:
        graphs, shards = range(len(self.job.graphs)), range(self.job.exchange_shards)
        elements = [(graph, shard) for graph in graphs for shard in shards]
        nodes = [NodesFile.at(graph, "").folder for graph in graphs]
        return (
            linked.pipeline
            | "Shards" >> Elements(elements, tuple[int, int])
            | "Merge" >> in_threads(partial(merge_shard, self.job), Edges, linked)
            | "Nodes" >> ReadOnce(self.job, nodes, Edges)
        )


class _Appearances(NamedTuple):
    """Identities of one shard as they appear in ``m`` places, unit by unit.

    The counts and times are empty where all strategies of the graph move records.
    """

    hash: Hashes
    component: Longs  # global number
    records: Longs
    first: Longs
    last: Longs


def merge_shard(job: Job, element: tuple[int, int], linked: Sequence[Linked]) -> Iterator[Edges]:
    """Find the owner of each identity of one shard, what it ties, and when it was seen."""
    graph, shard = element
    units = of_graph(linked, graph)
    counted = any(s.graph == graph and s.moves_no_records for s in job.strategies)
    parts = [
        _appearances(job, unit, shard, base, counted)
        for unit, base in zip(units, component_bases(units).tolist(), strict=False)
    ]
    if not parts:
        yield keep_edges(job, graph, 0, shard, np.empty(0, np.int64), np.empty(0, np.int64))
        return
    found = _Appearances(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    tied, of_owner = tie(found.hash, found.component)
    if counted:
        merge_seen(of_owner, found.records, found.first, found.last)
    start = np.cumsum([0] + [len(part.hash) for part in parts], dtype=np.int64)
    job.store.write(MergedFile.at(graph, shard), _answers(start, tied.owner, found, counted))
    edges = keep_edges(job, graph, 0, shard, tied.left, tied.right)
    yield edges._replace(nodes=int(tied.owner.sum()))


def _appearances(job: Job, unit: Linked, shard: int, base: int, counted: bool) -> _Appearances:
    """Those of one unit, whose components are numbered from `base`."""
    with job.store.open(NodesFile.at(unit.graph, unit.unit)) as nodes:
        low, high = nodes.start.span(shard)
        seen = slice(low, high) if counted else slice(0, 0)
        hashes, records = nodes.hash[low:high], nodes.records[seen]
        first, last = nodes.first[seen], nodes.last[seen]
    with job.store.open(LinkFile.at(unit.graph, unit.unit)) as link:
        component = link.node_component[low:high].astype(np.int64) + base
    return _Appearances(hashes, component, records.astype(np.int64), first, last)


def _answers(start: Longs, owner: Flags, found: _Appearances, counted: bool) -> MergedFile:
    """What the units are told, in their order."""
    owned = owner if counted else np.empty(0, bool)
    before = np.cumsum(np.concatenate([[False], owned]))
    return MergedFile(
        start=start,
        owner=owner,
        owned_start=before[start] if counted else np.zeros(len(start), np.int64),
        records=found.records[owned],
        first=found.first[owned],
        last=found.last[owned],
    )
