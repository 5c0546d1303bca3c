"""Kinds of group of a run, and the pieces in which their profiles were kept."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from idweave.transforms.exchange.keep_groups import piece_name
from idweave.transforms.job import Job, ResolvedShard


class KindOfGroup(NamedTuple):
    """One kind of group; by an identity type it is a graph beyond those of the run."""

    strategy: int
    group: int  # place among the strategy's
    graph: int  # -1: it is by an attribute


def kinds_of_group(job: Job) -> list[KindOfGroup]:
    """All kinds of group of the run."""
    found: list[KindOfGroup] = []
    graph = len(job.graphs)
    for strategy, plan in enumerate(job.strategies):
        for place, group in enumerate(plan.groups):
            by_type = group.type >= 0
            found.append(KindOfGroup(strategy, place, graph if by_type else -1))
            graph += by_type
    return found


def group_pieces(job: Job, strategy: int, answered: Sequence[ResolvedShard]) -> Iterator[str]:
    """The names of the pieces of a strategy's profiles, in order."""
    for writer in sorted({int(shard.name) for shard in answered if shard.of == strategy}):
        for piece in range(job.pieces):
            yield piece_name(writer, piece)
