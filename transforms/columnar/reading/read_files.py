"""Reads several small files as one: their rows are put together before they are understood."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.reading.other_case import add_other_case
from idweave.transforms.columnar.reading.read_fields import records_of
from idweave.transforms.columnar.reading.read_records import Limits, read_rows, read_split
from idweave.transforms.columnar.reading.read_rows import (
    REASON,
    Flat,
    Rows,
    Unreadable,
    constant,
    flat_columns,
    flat_of,
    joined,
    whole_columns,
)
from idweave.transforms.columnar.reading.records import BadFile, Records, SourceReading

OpenPath = Callable[[str], BinaryIO]
_Given = tuple[
    SourceReading,
    str,
    Callable[[], BinaryIO],
    tuple[int, ...] | None,
    Limits,
    dict[str, str],
]  # what `read_split` takes


class FilePart(NamedTuple):
    """A file of a split, or some row groups of one."""

    path: str
    format: str  # parquet | jsonl | json | csv
    row_groups: tuple[int, ...] | None  # of Parquet, ascending; None: all
    partitions: tuple[tuple[str, str], ...]  # of `key=value` folders


def read_files(
    source: SourceReading,
    files: Sequence[FilePart],
    open_path: OpenPath,
    limits: Limits,
    quarantines_bad_files: bool,
) -> Iterator[Records]:
    """Read the files of a split, a unit of work at a time.

    Args:
        files: one of any size, or several small ones: each of those is held as a whole.
        quarantines_bad_files: of several files a broken one becomes one row of the quarantine.

    Raises:
        BadFile: one can't be read, perhaps after some units; the text begins with its path.
    """
    if len(files) > 1:
        whole = _whole_files(source, files, open_path, limits, quarantines_bad_files)
        for together in _batches(whole, limits.rows):
            yield _understood(source, together, files, quarantines_bad_files)
        return
    (file,) = files
    try:
        yield from read_split(*_given(source, file, open_path, limits))
    except BadFile as error:
        raise BadFile(f"{file.path}: {error.args[0]}") from None


def _whole_files(
    source: SourceReading,
    files: Sequence[FilePart],
    open_path: OpenPath,
    limits: Limits,
    quarantines: bool,
) -> Iterator[Rows]:
    """The rows of each file; of a broken one its row in the quarantine."""
    for place, file in enumerate(files):
        try:
            parts = list(read_rows(*_given(source, file, open_path, limits)))
        except BadFile as error:
            if not quarantines:
                raise BadFile(f"{file.path}: {error.args[0]}") from None
            parts = [bad_file(source)]
        for batch in _batches(iter(parts), 2**62):
            yield _of_file(_together(batch), place)


def _given(source: SourceReading, file: FilePart, open_path: OpenPath, limits: Limits) -> _Given:
    """What `read_split` and `read_rows` take, for one file."""
    return (
        source._replace(format=file.format),
        file.path,
        partial(open_path, file.path),
        file.row_groups,
        limits,
        dict(file.partitions),
    )


def _of_file(rows: Rows, place: int) -> Rows:
    return rows._replace(
        file=np.full(len(rows.position), place, np.int32),
        unreadable=[row._replace(file=place) for row in rows.unreadable],
    )


def bad_file(source: SourceReading) -> Rows:
    """No rows, and one that stands for the file in the quarantine."""
    none = constant(None, 0)
    return Rows(
        np.empty(0, np.int64),
        dict.fromkeys(whole_columns(source), none),
        {name: flat_of(np.empty(0, np.int32), none) for name in flat_columns(source)},
        lambda row: [],
        [Unreadable(0, REASON["bad_file"], None)],
    )


def _batches(parts: Iterator[Rows], most_rows: int) -> Iterator[list[Rows]]:
    """Neighbours whose columns are of the same types, up to so many rows."""
    held: list[Rows] = []
    count = 0
    for rows in parts:
        over = count + len(rows.position) > most_rows
        if held and (over or _types(rows) != _types(held[0])):
            yield held
            held, count = [], 0
        held.append(rows)
        count += len(rows.position)
    if held:
        yield held


def _types(rows: Rows) -> list[pa.DataType]:
    return [column.type for column in rows.whole.values()]


def _together(parts: list[Rows]) -> Rows:
    """The rows of several, one after the other."""
    if len(parts) == 1:
        return parts[0]
    start = np.cumsum([0, *(len(part.position) for part in parts)]).astype(np.int32)

    def flat(name: str) -> Flat:
        flats = [part.flat[name] for part in parts]
        return Flat(
            np.concatenate([of.row + at for of, at in zip(flats, start, strict=False)]),
            concat_texts([of.text for of in flats]),
            np.concatenate([of.wrong for of in flats]),
        )

    def raw_text(row: Ints) -> list[str]:
        of = np.searchsorted(start, row, side="right") - 1
        texts: list[str] = []
        for part in np.unique(of).tolist():  # ascending, as the rows are
            texts += parts[part].raw_text(row[of == part] - start[part])
        return texts

    first = parts[0]
    return Rows(
        np.concatenate([part.position for part in parts]),
        {name: joined([part.whole[name] for part in parts]) for name in first.whole},
        {name: flat(name) for name in first.flat},
        raw_text,
        [row for part in parts for row in part.unreadable],
        np.concatenate([_files_of(part) for part in parts]),
        add_other_case([part.other_case for part in parts]),
    )


def _files_of(rows: Rows) -> Ints:
    return np.zeros(len(rows.position), np.int32) if rows.file is None else rows.file


def _understood(
    source: SourceReading, parts: list[Rows], files: Sequence[FilePart], quarantines: bool
) -> Records:
    """Understand the rows of some files; what is damaged may show only when it is looked at."""
    try:
        return records_of(source, _together(parts))
    except Exception:
        fine = [_checked(source, part, files, quarantines) for part in parts]
        return records_of(source, _together(fine))


def _checked(
    source: SourceReading, rows: Rows, files: Sequence[FilePart], quarantines: bool
) -> Rows:
    """The rows of a file, or the row that stands for it if they can't be understood."""
    try:
        records_of(source, rows)
    except Exception as error:
        place = int(_files_of(rows)[0])
        if not quarantines:
            raise BadFile(f"{files[place].path}: damaged ({type(error).__name__})") from None
        empty = {name: column[:0] for name, column in rows.whole.items()}
        return _of_file(bad_file(source)._replace(whole=empty), place)
    return rows
