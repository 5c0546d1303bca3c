"""Reads the first records of a file, for whoever wants to see what files hold before a run."""

from functools import partial

from idweave.pipelines.run.inputs import InputFile
from idweave.transforms.columnar.reading.read_records import Limits, read_split
from idweave.transforms.columnar.reading.records import Records, SourceReading
from idweave.transforms.exchange.store import open_file

_BYTES = 16 * 2**20  # of text that are read at most


def first_records(reading: SourceReading, file: InputFile, most: int) -> Records | None:
    """At most so many records, as a run would read them; None: there are none. Raises BadFile.

    Their contents are not hashed, which is a kernel's work and takes longer to load than the rest.
    """
    groups = (0,) if file.format == "parquet" else None
    parts = read_split(
        reading._replace(format=file.format, needs_content=False),
        file.path,
        partial(open_file, file.path),
        groups,
        Limits(_BYTES, most),
        dict(file.partitions),
    )
    return next(parts, None)
