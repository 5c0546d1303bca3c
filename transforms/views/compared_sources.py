"""The files of both sides of a table that is compared with the base's, and their rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.transforms.columnar.reading.records import BadFile
from idweave.transforms.exchange.store import open_file
from idweave.transforms.job import BasePiece, Job, Written
from idweave.transforms.tables.registry import TABLES, changes_output
from idweave.transforms.tables.table import about


class Source(NamedTuple):
    """Some rows of one side. Names sort those of the base first."""

    change: int  # place in Job.changes
    name: str
    of_base: bool
    piece: BasePiece  # no row groups: all


def base_sources(job: Job) -> list[Source]:
    """Those of the base, of all tables that are compared."""
    return [
        Source(number, f"base-{place:06d}", True, piece)
        for number, plan in enumerate(job.changes)
        for place, piece in enumerate(plan.base)
    ]


def new_sources(job: Job, written: Sequence[Written]) -> list[Source]:
    """This run's, of all tables that are compared."""
    places = {(plan.table, plan.strategy, plan.name): n for n, plan in enumerate(job.changes)}
    found = []
    for file in (file for one in written for file in one.files):
        number = places.get((file.table, file.strategy, file.name))
        if number is not None:
            folder = TABLES[file.table].folder(file.name or file.strategy)
            piece = BasePiece(file.table, f"{job.result}/{folder}/{file.file}", ())
            found.append(Source(number, file.file, False, piece))
    return found


def of_change(job: Job, written: Sequence[Written], change: int) -> list[Source]:
    """All sources of one table, by name."""
    sources = [*base_sources(job), *new_sources(job, written)]
    return sorted(source for source in sources if source.change == change)


def read_batches(job: Job, source: Source) -> Iterator[pa.Table]:
    """The rows of a source, a row group after the other.

    Raises:
        BadFile: a file of the base can't be read.
    """
    output = changes_output(job, job.changes[source.change])
    names = [field.name for field in output.schema if field.name != "op"]
    few = [field.name for field in output.schema if about(field, "stored") == "names"]
    few = [name for name in few if name != "op"]
    try:
        with open_file(source.piece.path) as file:
            parquet = pq.ParquetFile(file, read_dictionary=few)
            groups = source.piece.row_groups or range(parquet.num_row_groups)
            for group in groups:
                yield parquet.read_row_group(group, columns=names, use_threads=False)
    except (pa.ArrowException, OSError, KeyError) as error:
        if not source.of_base:
            raise
        raise BadFile(
            f"{source.piece.path}: the base run can't be read there (damaged, or removed "
            "meanwhile); take another one by --base"
        ) from error
