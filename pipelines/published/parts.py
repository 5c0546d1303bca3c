"""The files of published tables: none is read for whole that is not, and damage is one line."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.errors import CheckFailed, RunFailed, WrongUsage
from idweave.pipelines.wording import number
from idweave.transforms.exchange.store import files_in, is_local, open_file

REMEDY = (
    "bring the file back, or take another run: by --run-id or --base, or, if this is the current "
    "one, by idweave runs DIR --make-current RUN_ID"
)
_RUN, _TABLE = b"idweave.run_id", b"idweave.table"  # in the footer of a file


class Part(NamedTuple):
    """A file of a table."""

    path: str
    groups: list[int]  # rows of each row group


def opened(path: str) -> AbstractContextManager[Any]:
    """A file to read: by its path where Arrow can, as its threads then don't wait for Python's."""
    return nullcontext(path) if is_local(path) else open_file(path)


def parts_of(folder: str, told: Mapping[str, Any], run_id: str, remedy: str = REMEDY) -> list[Part]:
    """The files of a table, in the order of their names; of each the footer is read.

    Args:
        folder: of the run.
        told: what its manifest says of the table.

    Raises:
        RunFailed: one can't be read, or they have not the rows that the manifest tells of.
    """
    where = f"{folder}/{told['folder']}"
    paths = [file.path for file in files_in(where, "*.parquet")]
    with reading(run_id, paths, remedy):
        footers = [_footer(path) for path in paths]
    rows = sum(footer.num_rows for footer in footers)
    if not paths or rows != told["rows"]:  # empty tables have a file, too
        strange = [
            path.rpartition("/")[2]
            for path, footer in zip(paths, footers, strict=True)
            if (footer.metadata or {}).get(_RUN) != run_id.encode()
        ]
        others = f" ({', '.join(strange)}: not written by this run)" if strange else ""
        raise RunFailed(
            f"{where}: {number(rows, 'row')} in {number(len(paths), 'file')}{others}, where the "
            f"manifest of run {run_id} tells of {told['rows']:,}: it is damaged; {remedy}"
        )
    return [Part(path, _groups(of)) for path, of in zip(paths, footers, strict=True)]


def _footer(path: str) -> pq.FileMetaData:
    with opened(path) as file:
        return pq.read_metadata(file)


def _groups(footer: pq.FileMetaData) -> list[int]:
    return [footer.row_group(place).num_rows for place in range(footer.num_row_groups)]


@contextmanager
def reading(run_id: str, paths: Iterable[str], remedy: str = REMEDY) -> Iterator[None]:
    """Around whatever reads files of a run, by Arrow, DuckDB or another: damage is told.

    Footers may be whole where pages are not, and what fails then names no file, or quotes values.
    So all that may have been read is looked at once more, whole.

    Args:
        paths: of the files; may become more while the block runs.

    Raises:
        RunFailed: the block failed, and one of the files is damaged.
    """
    try:
        yield
    except (RunFailed, WrongUsage, CheckFailed, MemoryError):
        raise
    except Exception as error:
        for path in paths:
            if (wrong := _damage(path, run_id)) is not None:
                raise RunFailed(f"{path}: run {run_id} {wrong}; {remedy}") from error
        raise


def _damage(path: str, run_id: str) -> str | None:
    """What is wrong with a file of a run; None: nothing."""
    from idweave.transforms.tables.registry import TABLES

    try:
        with opened(path) as file:
            parquet = pq.ParquetFile(file)
            for batch in parquet.iter_batches():
                batch.validate(full=True)
    except PermissionError:
        return "can't be read there (Permission denied: let this user read it)"
    except (pa.ArrowException, OSError):
        return "can't be read there (damaged, or removed meanwhile)"
    footer = parquet.metadata.metadata or {}
    table = TABLES.get(footer.get(_TABLE, b"").decode())
    kinds = {field.name: field.type for field in parquet.schema_arrow}
    if footer.get(_RUN) != run_id.encode() or table is None:
        return "did not write that file"
    if any(kinds.get(field.name) != field.type for field in table.columns):
        return f"has other columns there than this version of idweave knows of {table.name}"
    return None
