"""Writes the tables whose rows the launcher knows: `suppressions` first, `requests` last.

What is suppressed is large and known before anything is read; which files still carry whose
records is known when all is.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.request_rows import SOURCES
from idweave.pipelines.run.base import Base, files_of
from idweave.transforms.job import Job, OutputFile
from idweave.transforms.tables.copy_part import copy_part
from idweave.transforms.tables.registry import output_of
from idweave.transforms.tables.write_part import write_part
from idweave.transforms.views.suppressed import suppressed_counts

_COUNTED = (pa.int32(), pa.string(), pa.string(), pa.int64())


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
    keys = ["request", "source", "file"]
    parts = [pa.table([pa.array([], of) for of in _COUNTED], names=[*keys, "records"])]
    if job.privacy is not None and job.privacy.suppresses:
        for name in (source.reading.name for source in job.sources):
            for request, path, records in suppressed_counts(job.store, name):
                source = pa.array([name] * len(path), pa.string())
                part = [pa.array(request), source, path.cast(pa.string()), pa.array(records)]
                parts.append(pa.table(part, names=[*keys, "records"]))
    counted = pa.concat_tables(parts).group_by(keys).aggregate([("records", "sum")])
    counted = counted.filter(pc.greater_equal(counted["request"], 0))
    counted = counted.sort_by([(key, "ascending") for key in keys]).combine_chunks()
    kind = SOURCES.type
    told = [_whole(counted[name]) for name in ("source", "file", "records_sum")]
    start = np.searchsorted(counted["request"].to_numpy(), np.arange(requests + 1))
    pairs = pa.StructArray.from_arrays(told, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(pa.array(start, pa.int32()), pairs, type=kind)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
