"""Brings the profiles of each group by identity type to the shard of its label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.components.contract import random_shard
from idweave.transforms.columnar.components.merge import partition
from idweave.transforms.exchange.group_files import GroupRowsFile, GroupValuesFile
from idweave.transforms.job import Done, Job, Labelled, Linked
from idweave.transforms.running.in_threads import in_threads
from idweave.transforms.running.spread import Spread
from idweave.transforms.views.graph_units import component_bases, of_graph
from idweave.transforms.views.group_pieces import kinds_of_group
from idweave.transforms.views.read_labels import read_labels


@dataclass
class SpreadGroups(beam.PTransform[beam.PCollection[Labelled], beam.PCollection[Done]]):
    """Labels of components to profiles by shard of their group."""

    job: Job
    counted: beam.PCollection[Linked]

    def expand(self, solved: beam.PCollection[Labelled]) -> beam.PCollection[Done]:
        spread = in_threads(partial(spread_piece, self.job), Done, self.counted, solved)
        return self.counted | "Spread" >> Spread() | "By label" >> spread


def spread_piece(
    job: Job, unit: Linked, counted: Sequence[Linked], solved: Sequence[Labelled]
) -> Iterator[Done]:
    """Keep the profiles of one piece by shard of their label."""
    (kind,) = (kind for kind in kinds_of_group(job) if kind.graph == unit.graph)
    rules = job.strategies[kind.strategy].groups[kind.group].rules
    units = of_graph(counted, unit.graph)
    base, place = component_bases(units), units.index(unit)
    of_component = read_labels(job, unit.graph, 0, solved, int(base[place]), int(base[place + 1]))
    with job.store.open(GroupValuesFile.at(kind.strategy, kind.group, unit.unit)) as file:
        component = file.component[:]
        label = of_component[component]
        by_shard = partition(random_shard(label, label, job.exchange_shards), job.exchange_shards)
        order = by_shard.order
        key = np.zeros((len(order), 2), np.uint64)
        key[:, 0] = label[order].astype(np.uint64)
        rows = GroupRowsFile(
            start=by_shard.start,
            key=key,
            value=file.smallest[:].take(pa.array(component[order])),
            profile=take_rows(file.profile[:], order),
            scope=file.scope[:][order],
            attribute={
                rule.name: file.attribute[rule.name][:].take(pa.array(order)) for rule in rules
            },
        )
    job.store.write(GroupRowsFile.at(kind.strategy, kind.group, unit.unit), rows)
    yield Done(unit.graph, unit.unit)
