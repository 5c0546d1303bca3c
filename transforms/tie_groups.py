"""Finds which profiles have values in common, for groups by identity type: labels for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np

from idweave.transforms.columnar.components.merge import tie
from idweave.transforms.exchange.group_files import GroupValuesFile
from idweave.transforms.exchange.keep_edges import keep_edges
from idweave.transforms.job import Edges, Job, Linked, ResolvedShard
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Elements
from idweave.transforms.views.graph_units import component_bases, of_graph
from idweave.transforms.views.group_pieces import KindOfGroup, group_pieces, kinds_of_group


@dataclass
class CountGroups(beam.PTransform[beam.PCollection[ResolvedShard], beam.PCollection[Linked]]):
    """Pieces of profiles to units of a graph for each kind of group by identity type."""

    job: Job

    def expand(self, answered: beam.PCollection[ResolvedShard]) -> beam.PCollection[Linked]:
        kinds = [kind for kind in kinds_of_group(self.job) if kind.graph >= 0]
        return (
            answered.pipeline
            | "Kinds" >> Elements(kinds, KindOfGroup)
            | "Count" >> in_threads(partial(count_pieces, self.job), Linked, answered)
        )


def count_pieces(
    job: Job, kind: KindOfGroup, answered: Sequence[ResolvedShard]
) -> Iterator[Linked]:
    """Say how many components each piece of profiles has."""
    for piece in group_pieces(job, kind.strategy, answered):
        address = GroupValuesFile.at(kind.strategy, kind.group, piece)
        with job.store.open(address) as file:
            yield Linked(kind.graph, piece, -1, len(file.smallest[:]))


@dataclass
class TieGroups(beam.PTransform[beam.PCollection[Linked], beam.PCollection[Edges]]):
    """Components of pieces to edges between them, by shard of value."""

    job: Job

    def expand(self, counted: beam.PCollection[Linked]) -> beam.PCollection[Edges]:
        kinds = [kind for kind in kinds_of_group(self.job) if kind.graph >= 0]
        elements = [(kind, shard) for kind in kinds for shard in range(self.job.exchange_shards)]
        return (
            counted.pipeline
            | "Shards" >> Elements(elements, tuple[KindOfGroup, int])
            | "Tie" >> in_threads(partial(tie_shard, self.job), Edges, counted)
        )


def tie_shard(
    job: Job, element: tuple[KindOfGroup, int], counted: Sequence[Linked]
) -> Iterator[Edges]:
    """Tie the components of several pieces that have a value in common."""
    kind, shard = element
    units = of_graph(counted, kind.graph)
    hashes, components = [np.empty((0, 2), np.uint64)], [np.empty(0, np.int64)]
    for unit, base in zip(units, component_bases(units).tolist(), strict=False):
        with job.store.open(GroupValuesFile.at(kind.strategy, kind.group, unit.unit)) as file:
            low, high = file.start.span(shard)
            hashes.append(file.hash[low:high])
            components.append(file.value_component[low:high] + np.int64(base))
    tied, _ = tie(np.concatenate(hashes), np.concatenate(components))
    yield keep_edges(job, kind.graph, 0, shard, tied.left, tied.right)
