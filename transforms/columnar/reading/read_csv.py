"""Reads CSV files (RFC 4180, or as they say) by columns, and nothing stops at a bad row."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.reading.csv_cells import (
    MALFORMED,
    UNCLOSED,
    Cells,
    Marks,
    cell_texts,
    tokenise,
)
from idweave.transforms.columnar.reading.csv_header import read_header, skip_names
from idweave.transforms.columnar.reading.csv_window import CHUNK, Window, open_csv
from idweave.transforms.columnar.reading.read_rows import (
    LONGEST_LINE,
    Rows,
    Unreadable,
    constant,
    flat_columns,
    flat_of,
    partition_value,
    raw_text_of,
    refuse_twins,
    unreadable,
    whole_columns,
)
from idweave.transforms.columnar.reading.read_text import is_utf8
from idweave.transforms.columnar.reading.records import CsvForm, SourceReading

_WIDEST = 2**30  # bytes of a unit; places in it fit 32 bits


class _Reader(NamedTuple):
    """What every unit of a file has in common."""

    source: SourceReading
    names: tuple[str, ...]  # of the columns that are wanted and there
    slots: Ints  # [columns of the file] place in ``names``, or -1
    partitions: dict[str, str]
    marks: Marks


def csv_header(form: CsvForm, path: str, open_file: Callable[[], BinaryIO]) -> tuple[str, ...]:
    """Name the columns of a file. Raises BadFile."""
    window, marks = open_csv(form, path, open_file)
    return _header(form, window, marks)


def _header(form: CsvForm, window: Window, marks: Marks) -> tuple[str, ...]:
    if not form.header:
        return read_header(window, marks)
    skip_names(window, form.header, marks)
    return form.header


def read_csv(
    source: SourceReading,
    path: str,
    open_file: Callable[[], BinaryIO],
    split_bytes: int,
    split_rows: int,
    partitions: dict[str, str],
) -> Iterator[Rows]:
    """Read a file from its beginning, a unit of work at a time. Raises BadFile.

    A row's position counts rows from 0, the header and empty lines left out. A quoted field that
    is not closed within 16 MiB, or not at all, costs the line that it is in, no more.
    """
    window, marks = open_csv(source.csv, path, open_file)
    header = _header(source.csv, window, marks)
    reader = _reader(source, header, partitions, marks)
    split_bytes = min(split_bytes, _WIDEST)
    position = 0
    broken: list[Unreadable] = []
    while not (window.ended and window.at == len(window.data)):
        held = len(window.data) - window.at
        if held < split_bytes // 2:
            window.fill(split_bytes - held)
        cells = _tokenise(window, reader, split_rows)
        begin, window.at = window.at, cells.stop
        if len(cells.row):
            yield _rows(reader, window.data, cells, position, broken)
            position += len(cells.row)
            broken = []
        elif cells.state == UNCLOSED or len(window.data) - window.at > LONGEST_LINE:
            line, size = window.skip_line()
            reason = "line_too_long" if size > LONGEST_LINE else "wrong_column_count"
            broken.append(unreadable(position, reason, line))
            position += 1
        elif window.at == begin:
            window.fill(CHUNK)
    if broken:
        nothing = tokenise(np.empty(0, np.uint8), 0, True, reader.slots, 0, marks)
        yield _rows(reader, b"", nothing, position, broken)


def _tokenise(window: Window, reader: _Reader, most_rows: int) -> Cells:
    data = np.frombuffer(window.data, np.uint8)
    return tokenise(data, window.at, window.ended, reader.slots, most_rows, reader.marks)


def _reader(
    source: SourceReading, header: tuple[str, ...], partitions: dict[str, str], marks: Marks
) -> _Reader:
    wanted = {*whole_columns(source), *flat_columns(source)}
    refuse_twins(header, wanted)
    names = tuple(sorted(wanted & set(header)))
    slots = np.full(len(header), -1, np.int32)
    for slot, name in enumerate(names):
        slots[header.index(name)] = slot
    return _Reader(source, names, slots, partitions, marks)


def _rows(
    reader: _Reader, data: bytes, cells: Cells, position: int, broken: list[Unreadable]
) -> Rows:
    """Take the wanted columns of the rows that have as many cells as the header."""
    bad = _bad_rows(reader, data, cells)
    fine = np.ones(len(cells.row), bool)
    fine[list(bad)] = False
    bounds = take_rows(cells.row, fine)
    count = len(bounds)
    text = np.frombuffer(data, np.uint8)

    def column(name: str) -> pa.Array:
        if name not in reader.names:
            return constant(partition_value(reader.partitions, name), count)
        cell = cells.cell[reader.names.index(name)]
        # Rows are UTF-8, so what stands between their commas is.
        return cell_texts(text, take_rows(cell, fine) if bad else cell, reader.marks).view(
            pa.string()
        )

    def raw_text(row: Ints) -> list[str]:
        return [raw_text_of(data[begin:end]) for begin, end in take_rows(bounds, row).tolist()]

    named = {
        name: column(name) for name in {*whole_columns(reader.source), *flat_columns(reader.source)}
    }
    every = np.arange(count, dtype=np.int32)
    return Rows(
        np.flatnonzero(fine) + position,
        {name: named[name] for name in whole_columns(reader.source)},
        {name: flat_of(every, named[name]) for name in flat_columns(reader.source)},
        raw_text,
        broken + [_unreadable(data, cells, row, reason, position) for row, reason in bad.items()],
    )


def _unreadable(data: bytes, cells: Cells, row: int, reason: str, position: int) -> Unreadable:
    begin, end = cells.row[row].tolist()
    return unreadable(position + row, reason, data[begin:end])


def _bad_rows(reader: _Reader, data: bytes, cells: Cells) -> dict[int, str]:
    """Say of rows that are too long, not UTF-8 or of another width than the header, why."""
    length = cells.row[:, 1] - cells.row[:, 0]
    bad = dict.fromkeys(np.flatnonzero(length > LONGEST_LINE).tolist(), "line_too_long")
    for row in _not_utf8(data, cells.row):
        bad.setdefault(row, "not_utf8")
    for row in np.flatnonzero(cells.width == MALFORMED).tolist():
        bad.setdefault(row, "malformed_quotes")
    for row in np.flatnonzero(cells.width != len(reader.slots)).tolist():
        bad.setdefault(row, "wrong_column_count")
    return dict(sorted(bad.items()))


def _not_utf8(data: bytes, bounds: Ints) -> list[int]:
    """Find rows that are not UTF-8, one by one only where the text as a whole is not."""
    if not len(bounds):
        return []
    first, last = int(bounds[0, 0]), int(bounds[-1, 1])
    offsets = pa.py_buffer(np.array([first, last], np.int32))
    text = pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        text.cast(pa.string())
    except pa.ArrowInvalid:
        return [i for i, (begin, end) in enumerate(bounds.tolist()) if not is_utf8(data[begin:end])]
    return []
