"""Refuses a component that would not fit into a worker's memory, before any of it is read."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.factorise import factorise
from idweave.transforms.exchange.profile_files import GatheredFile
from idweave.transforms.job import Job, Linked

RECORD_BYTES, IDENTITY_BYTES = 100, 300
"""What one record takes at most while its piece is resolved and written, and each identity that it
carries: measured with five identities of 20 bytes and all tables, see docs/operations.md."""


class ComponentTooLarge(Exception):
    """A component needs more memory than one worker may give to it."""


def need(records: int, identities: int) -> int:
    """Bytes that a worker needs for some records of one piece, which carry some identities."""
    return records * RECORD_BYTES + identities * IDENTITY_BYTES


def check_component(job: Job, graph: int, units: Sequence[Linked], number: int) -> None:
    """Look at the sizes of one piece's components, if the piece itself may be too large.

    Raises:
        ComponentTooLarge: naming the setting, its value, and what the component needs.
    """
    spans = [_span(job, unit, number) for unit in units]
    if need(sum(n for n, _ in spans), sum(n for _, n in spans)) <= job.component_bytes:
        return
    parts = [_ids_and_sizes(job, unit, number) for unit in units]
    component, _ = factorise(np.concatenate([ids for ids, _ in parts]))
    records = np.bincount(component)
    identities = np.bincount(component, np.concatenate([sizes for _, sizes in parts]))
    largest = int(np.argmax(records * RECORD_BYTES + identities * IDENTITY_BYTES))
    needed = need(int(records[largest]), int(identities[largest]))
    if needed > job.component_bytes:
        names = [plan.name for plan in job.strategies if plan.graph == graph]
        raise ComponentTooLarge(
            f"component_bytes: {job.component_bytes}: strategy {' and '.join(names)} has a "
            f"component of {records[largest]} records, which needs {needed} bytes in one worker; "
            f"set it to {needed} or more, or block the junk value or hub that glues it"
        )


def _span(job: Job, unit: Linked, number: int) -> tuple[int, int]:
    """Records of one unit in a piece, and the identities that they carry."""
    with job.store.open(GatheredFile.at(unit.graph, unit.unit)) as file:
        low, high = file.piece_start.span(number)
        first, last = file.entry_start[low : low + 1], file.entry_start[high : high + 1]
    return high - low, int(last[0] - first[0])


def _ids_and_sizes(job: Job, unit: Linked, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The component of each record of one unit in a piece, and how many identities it carries."""
    with job.store.open(GatheredFile.at(unit.graph, unit.unit)) as file:
        low, high = file.piece_start.span(number)
        return file.digest[low:high], np.diff(file.entry_start[low : high + 1])
