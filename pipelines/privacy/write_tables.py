"""Writes the tables whose rows the launcher knows: `suppressions` first, `requests` last.

What is suppressed is large and known before anything is read; which files still carry whose
records is known when all is.
"""

import numpy as np
import pyarrow as pa

from idweave.pipelines.privacy.request_rows import SOURCES
from idweave.pipelines.run.base import Base, files_of
from idweave.transforms.job import Job, OutputFile
from idweave.transforms.tables.copy_part import copy_part
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.suppressed import suppressed_counts


def write_suppressions(job: Job, rows: pa.Table, same_as: Base | None) -> tuple[OutputFile, ...]:
    """The file of what stays suppressed, if anything does.

    Args:
        same_as: a run that has the same rows.
    """
    output = output_of(job, "suppressions")
    if same_as is not None and rows.num_rows:
        told = same_as.tables[output.table, ""]
        digest = int(told["digest"][:16], 16), int(told["digest"][16:], 16)
        files = files_of(same_as, output.table, "")
        if len(files) == 1:
            copied = copy_part(files[0][0], job.result, output, rows.num_rows, digest)
            if copied:
                return copied
    return write_part(job.result, output, 0, [rows])


def write_requests(job: Job, requests: pa.Table) -> tuple[OutputFile, ...]:
    """The file of requests, if there are any.

    Args:
        requests: their rows but for the sources, each at its number.
    """
    rows = requests.append_column(SOURCES, _sources(job, requests.num_rows))
    return write_part(job.result, output_of(job, "requests"), 0, [rows])


def _sources(job: Job, requests: int) -> pa.Array:
    """[requests] input files that still carry its records in this run."""
    places: dict[tuple[str, str], int] = {}  # of sources and paths
    parts = [(np.empty(0, np.int64),) * 3]
    if job.privacy is not None and job.privacy.suppresses:
        for name in (source.reading.name for source in job.sources):
            for paths, request, file, records in suppressed_counts(job.store, name):
                own = [places.setdefault((name, path), len(places)) for path in paths]  # few
                parts.append((request.astype(np.int64), np.array(own, np.int64)[file], records))
    request, place, records = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = sorted(places)
    rank = np.empty(len(known), np.int64)
    rank[[places[pair] for pair in known]] = np.arange(len(known))
    pair = (request * len(known) + rank[place])[request >= 0]
    order = np.argsort(pair, kind="stable")
    first = np.flatnonzero(np.diff(pair[order], prepend=-1))
    of, file = np.divmod(pair[order][first], max(1, len(known)))
    kind = SOURCES.type
    told = [
        pa.array([source for source, _ in known], pa.string()).take(pa.array(file)),
        pa.array([path for _, path in known], pa.string()).take(pa.array(file)),
        pa.array(np.add.reduceat(records[request >= 0][order], first), pa.int64()),
    ]
    start = np.searchsorted(of, np.arange(requests + 1))
    pairs = pa.StructArray.from_arrays(told, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(pa.array(start, pa.int32()), pairs, type=kind)
