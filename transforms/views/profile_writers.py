"""Who wrote profiles, and the lasting ids that they got: between writers and claims."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.exchange.lasting_files import LastingFile, NewBirthsFile
from idweave.transforms.job import Done, Job, ResolvedShard, StrategyPlan

REMEMBERED = {"ids", "id_changes"}  # tables


def remembers(job: Job, plan: StrategyPlan) -> bool:
    """Whether the strategy's profiles are looked at once more after they were made."""
    return plan.base is not None or bool(REMEMBERED & set(job.tables))


def profile_writers(
    job: Job, strategy: int, named: Sequence[Done], resolved: Sequence[ResolvedShard]
) -> list[str]:
    """The names of those that wrote profiles of a strategy, in order."""
    plan = job.strategies[strategy]
    if plan.moves_no_records:
        names = {int(done.name) for done in named if done.of == plan.graph}
    else:
        names = {int(shard.name) for shard in resolved if shard.of == strategy}
    return [str(name) for name in sorted(names)]


def lasting_ids(
    job: Job, strategy: int, writer: str, writers: Sequence[str]
) -> tuple[Hashes, Hashes]:
    """[n, 2] the birth ids of one writer's profiles, and [n, 2] their lasting ids."""
    place = writers.index(writer)
    parts = []
    for shard in range(job.exchange_shards):
        with job.store.open(LastingFile.at(strategy, shard)) as file:
            low, high = file.start.span(place)
            parts.append(file.id[low:high])
    with job.store.open(NewBirthsFile.at(strategy, writer)) as births:
        return births.birth[:], np.concatenate(parts)
