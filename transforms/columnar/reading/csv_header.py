"""The names of a CSV file's columns, and what is likely meant where they are none."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.reading.csv_cells import (
    MALFORMED,
    UNCLOSED,
    Marks,
    cell_texts,
    tokenise,
)
from idweave.transforms.columnar.reading.csv_window import CHUNK, Window
from idweave.transforms.columnar.reading.read_rows import LONGEST_LINE
from idweave.transforms.columnar.reading.records import BadFile

_DELIMITERS = {";": ";", "\t": "\\t", "|": "|", ",": ","}  # and how each is written


def read_header(window: Window, marks: Marks) -> tuple[str, ...]:
    """Read the names of the columns and go behind them. Raises BadFile."""
    none = np.empty(0, np.int32)
    while not len((line := _one_row(window, none, marks)).row):
        if window.ended:
            raise BadFile("no header line")
        if line.state == UNCLOSED or len(window.data) - window.at > LONGEST_LINE:
            break
        window.fill(CHUNK)
    if not len(line.row) or line.row[0, 1] - line.row[0, 0] > LONGEST_LINE:
        raise BadFile("no header line of up to 16 MiB")
    if line.width[0] == MALFORMED:
        raise BadFile("a header line with text behind a closing quote; csv: {escape: backslash}?")
    names, stop = _texts(window, int(line.width[0]), marks)
    begin, window.at = window.at, stop
    try:
        header = tuple(names.cast(pa.string()).to_pylist())
    except pa.ArrowInvalid:
        utf_16 = window.data[begin : begin + 2] in (b"\xff\xfe", b"\xfe\xff")
        likely = "utf-16" if utf_16 else "latin-1"
        raise BadFile(f"a header line that is not UTF-8; csv: {{encoding: {likely}}}?") from None
    if 0 in window.data[begin:stop]:
        likely = "utf-16-be" if window.data[begin] == 0 else "utf-16-le"
        raise BadFile(f"a header line with NUL bytes; csv: {{encoding: {likely}}}?")
    return header


def skip_names(window: Window, names: Sequence[str], marks: Marks) -> None:
    """Go behind a first line that has just the names which the source gives: it is no record."""
    line = _one_row(window, np.empty(0, np.int32), marks)
    if len(line.row) and line.width[0] == len(names):
        texts, stop = _texts(window, len(names), marks)
        if texts.to_pylist() == [name.encode() for name in names]:
            window.at = stop


def _texts(window: Window, width: int, marks: Marks) -> tuple[pa.Array, int]:
    """The cells of the next row, as bytes, and where it ends."""
    cells = _one_row(window, np.arange(width, dtype=np.int32), marks)
    data = np.frombuffer(window.data, np.uint8)
    texts = cell_texts(data, np.ascontiguousarray(cells.cell[:, 0]), marks)
    return texts.fill_null(b""), cells.stop


def _one_row(window: Window, slots, marks: Marks):  # type: ignore[no-untyped-def]
    data = np.frombuffer(window.data, np.uint8)
    return tokenise(data, window.at, window.ended, slots, 1, marks)


def what_is_meant(header: Sequence[str], wanted: Collection[str]) -> str | None:
    """Guess why a header has none of the wanted columns; None: it has one, so it is a header.

    The answer has no text of the file: what should be a header may be a record.
    """
    names = {_plain(name) for name in header}
    if any(_plain(column) in names for column in wanted):
        return None
    counts = {mark: sum(name.count(mark) for name in header) for mark in _DELIMITERS}
    mark = max(counts, key=lambda mark: counts[mark])
    if counts[mark] and len(header) <= counts[mark]:
        times = f"{counts[mark]:,} time{'s' if counts[mark] > 1 else ''}"
        written = _DELIMITERS[mark]
        return f"the header has '{written}' {times}: csv: {{delimiter: \"{written}\"}}?"
    columns = f"{len(header):,} column{'s' if len(header) > 1 else ''}"
    return f"its first line has {columns}; if that is a record, name them: csv: {{header: […]}}"


def _plain(name: str) -> str:
    return "".join(name.split()).strip("'\"").lower()
