"""Damage in a published run's files, whose footers may be whole: one line names file and remedy."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.run.base import Base
from idweave.transforms.exchange.store import open_file


@contextmanager
def reading(path: str, run: Base) -> Iterator[None]:
    """Around what reads a file of a run. Raises RunFailed if Arrow can't read it."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise RunFailed(
            f"{path}: run {run.run_id} can't be read there (damaged, or removed meanwhile); bring "
            "the file back, or take another run: by --base, or, if this is the current one, by "
            "idweave runs DIR --make-current RUN_ID"
        ) from error


@contextmanager
def asking(files: Sequence[tuple[str, Base]]) -> Iterator[None]:
    """Around what DuckDB is asked of files, whose errors name none and have no kind of their own.

    Raises:
        RunFailed: it failed, and one of the files can't be read, each looked at whole.
    """
    import duckdb

    try:
        yield
    except duckdb.Error:
        for path, run in files:
            with reading(path, run), open_file(path) as file:
                for _ in pq.ParquetFile(file).iter_batches():
                    pass
        raise
