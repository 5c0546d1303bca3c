"""Keeps edges between components, as the stage needs them that contracts or solves them."""

from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.components.contract import spread_edges
from idweave.transforms.exchange.component_files import EdgesFile
from idweave.transforms.job import Edges, Job


def keep_edges(job: Job, graph: int, level: int, shard: int, left: Longs, right: Longs) -> Edges:
    """Keep edges by the shard that would contract them, and say how many they are."""
    left, right, start = spread_edges(left, right, job.exchange_shards if job.rounds > level else 1)
    job.store.write(
        EdgesFile.at(graph, level, shard), EdgesFile(start=start, left=left, right=right)
    )
    return Edges(graph, level, shard, len(left), 0)
