"""Which profile each record of a unit has, whether its policy moved records or not."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints
from idweave.transforms.columnar.codes import ASSIGNED, DUPLICATE, REASON, REFUSED, UNASSIGNED
from idweave.transforms.columnar.components.link import DUPLICATE_ROW, TAKES_PART
from idweave.transforms.exchange.component_files import LinkFile
from idweave.transforms.exchange.profile_files import ResolvedFile
from idweave.transforms.job import Done, Job, Linked, ResolvedShard
from idweave.transforms.views.component_digests import profile_digests
from idweave.transforms.views.graph_units import place_in_graph

_REFUSING = (REASON["too_many_identities"], REASON["two_values_of_unique_type"])


class RowProfiles(NamedTuple):
    """The verdicts on ``n`` records of a unit, and their ``k`` profiles."""

    status: Bytes  # [n] index into STATUSES
    reason: Bytes  # [n] index into REASONS
    profile: Ints  # [n] place in `digest`, or -1
    digest: NDArray[np.uint64]  # [k, 2] profile ids; equal ones may stand there several times
    has_alias: Flags | None = None  # [n] it is the past of a known profile; None: nobody asked
    alias: NDArray[np.uint64] | None = None  # [n, 2] id of that profile


def row_profiles(
    job: Job,
    strategy: int,
    unit: Linked,
    linked: Sequence[Linked],
    named: Sequence[Done],
    resolved: Sequence[ResolvedShard],
) -> RowProfiles:
    """Read the profiles of a unit's records; duplicates have none of their own."""
    plan = job.strategies[strategy]
    with job.store.open(LinkFile.at(plan.graph, unit.unit)) as link:
        verdict, component = link.verdict[:], link.row_component[:]
    reason = np.where(verdict > 0, verdict, 0).astype(np.int8)
    status = np.where(np.isin(verdict, _REFUSING), REFUSED, UNASSIGNED).astype(np.int8)
    status[verdict == DUPLICATE_ROW] = DUPLICATE
    if plan.moves_no_records:
        status[verdict == TAKES_PART] = ASSIGNED
        digest = profile_digests(job, strategy, unit, linked, named)
        return RowProfiles(status, reason, component, digest)
    has = np.zeros(len(verdict), bool)
    digest = np.empty((len(verdict), 2), np.uint64)
    has_alias, alias = np.zeros(len(verdict), bool), np.zeros((len(verdict), 2), np.uint64)
    place = place_in_graph(linked, unit)
    for shard in sorted({int(done.name) for done in resolved if done.of == strategy}):
        with job.store.open(ResolvedFile.at(strategy, shard)) as file:
            for low, high in file.start[:][:, place : place + 2].tolist():  # a few pieces
                row = file.row[low:high]
                status[row] = file.status[low:high]
                reason[row] = file.reason[low:high]
                has[row] = file.has_profile[low:high]
                digest[row] = file.digest[low:high]
                if plan.aliases is not None:
                    has_alias[row] = file.has_alias[low:high]
                    alias[row] = file.alias[low:high]
    profile = np.full(len(verdict), -1, np.int32)
    profile[has] = np.arange(np.count_nonzero(has))
    found = RowProfiles(status, reason, profile, take_rows(digest, has))
    return found if plan.aliases is None else found._replace(has_alias=has_alias, alias=alias)
