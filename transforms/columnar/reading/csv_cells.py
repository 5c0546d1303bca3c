"""Kernels that cut CSV text into rows and cells (RFC 4180)."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.reading.read_rows import LONGEST_LINE

DONE, UNFINISHED, UNCLOSED, _MALFORMED = range(4)
MALFORMED = -1  # the width of a row that has text behind a closing quote
_QUOTE, _LF, _CR = 34, 10, 13


class Marks(NamedTuple):
    """The characters with a meaning, beside quotes and line ends."""

    delimiter: int = 44
    escape: int = -1  # takes the next mark as text; -1: there is none
    longest: int = LONGEST_LINE  # bytes within which a quoted cell has to be closed


class Cells(NamedTuple):
    """``n`` rows of some CSV text and, of each, the cells of ``c`` wanted columns."""

    row: Ints  # [n, 2] where a row begins and ends in the text, without its line end
    width: Ints  # [n] its number of cells, or MALFORMED
    cell: Ints  # [c, n, 2] where a cell begins and ends, quotes included; 0, 0: not there
    stop: int  # what comes after the last row
    state: int  # why it stops: DONE, UNFINISHED: a row without its end; UNCLOSED: a quote without


def tokenise(
    data: NDArray[np.uint8],
    begin: int,
    ended: bool,
    slots: Ints,
    most_rows: int,
    marks: Marks,
) -> Cells:
    """Cut text into rows; line ends are CR LF, LF or CR, empty lines are left out.

    Args:
        data: CSV text, less than 2 GiB; ``begin``: where the first row begins.
        ended: nothing follows the text.
        slots: [columns of the file] place among the wanted columns, or -1.
        most_rows: how many rows to cut at most.
    """
    rows = min(most_rows, (len(data) - begin) // 2 + 1)
    row = np.empty((rows, 2), np.int32)
    width = np.empty(rows, np.int32)
    cell = np.zeros((int(slots.max(initial=-1)) + 1, rows, 2), np.int32)
    count, stop, state = _tokenise(data, begin, ended, slots, marks, row, width, cell)
    return Cells(row[:count], width[:count], cell[:, :count], int(stop), int(state))


def cell_texts(data: NDArray[np.uint8], cell: Ints, marks: Marks) -> pa.Array:
    """Take cells out of the text, quotes removed.

    Args:
        cell: [n, 2] where each begins and ends.

    Returns:
        [n] binary; an empty cell is null, quoted or not.
    """
    starts = np.zeros(len(cell) + 1, np.int32)
    taken = np.empty(int((cell[:, 1] - cell[:, 0]).sum(dtype=np.int64)), np.uint8)
    size = _copy_cells(data, cell, marks, starts, taken)
    valid = np.packbits(starts[1:] > starts[:-1], bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(starts), pa.py_buffer(taken[:size])]
    return pa.Array.from_buffers(pa.binary(), len(cell), buffers)


@kernel
def _quoted_end(data, at, ended, limit, escape):  # type: ignore[no-untyped-def]
    """What is behind the quote that closes a cell, and how that is known."""
    size = len(data)
    while True:
        while at < size and data[at] != _QUOTE and data[at] != escape and at < limit:
            at += 1
        if at >= limit:
            return at, UNCLOSED
        if at + 1 >= size and not ended:
            return at, UNFINISHED
        if at == size:
            return at, UNCLOSED
        if data[at] == _QUOTE and (at + 1 == size or data[at + 1] != _QUOTE):
            return at + 1, DONE
        at = min(at + 2, size)


@kernel
def _cell_end(data, at, ended, limit, marks):  # type: ignore[no-untyped-def]
    """Where the cell at a place ends, and how that is known."""
    size = len(data)
    begin, quoted = at, at < size and data[at] == _QUOTE
    if quoted:
        at, state = _quoted_end(data, at + 1, ended, limit, marks.escape)
        if state != DONE:
            return at, state
        begin = at
    while at < size and data[at] != marks.delimiter and data[at] != _LF and data[at] != _CR:
        at += 1 + (data[at] == marks.escape and at + 1 < size)
    # The byte after a CR has to be there too: it may be the LF of the same line end.
    if not ended and (at >= size or (data[at] == _CR and at + 1 == size)):
        return at, UNFINISHED
    return at, _MALFORMED if quoted and at > begin else DONE


@kernel
def _tokenise(  # type: ignore[no-untyped-def]
    data, at, ended, slots, marks, row, width, cell
):
    size = len(data)
    count = 0
    while count < len(row) and at < size:
        begin = at
        if data[at] == _LF or data[at] == _CR:
            at += 1
            continue
        cells, fine = 0, True
        while True:
            end, state = _cell_end(data, at, ended, begin + marks.longest, marks)
            if state in (UNFINISHED, UNCLOSED):
                return count, begin, state
            fine &= state == DONE
            if cells < len(slots) and slots[cells] >= 0:
                cell[slots[cells], count, 0] = at
                cell[slots[cells], count, 1] = end
            cells += 1
            at = end
            if at == size or data[at] != marks.delimiter:
                break
            at += 1
        row[count, 0] = begin
        row[count, 1] = at
        width[count] = cells if fine else MALFORMED
        count += 1
        if at < size:
            at += 1 + (data[at] == _CR and at + 1 < size and data[at + 1] == _LF)
    return count, at, DONE


@kernel
def _is_mark(byte, marks):  # type: ignore[no-untyped-def]
    return byte in (_QUOTE, _LF, _CR) or byte == marks.escape or byte == marks.delimiter


@kernel
def _copy_cells(data, cell, marks, starts, taken):  # type: ignore[no-untyped-def]
    to = 0
    for i in range(len(cell)):
        at, end = cell[i, 0], cell[i, 1]
        quoted = at < end and data[at] == _QUOTE
        at += quoted
        end -= quoted
        while at < end:
            # A doubled quote is one; an escape goes where it stands before a mark.
            doubled = quoted and data[at] == _QUOTE
            escaped = data[at] == marks.escape and at + 1 < end and _is_mark(data[at + 1], marks)
            at += doubled or escaped
            taken[to] = data[at]
            to += 1
            at += 1
        starts[i + 1] = to
    return to
