"""Kernels that cut CSV text into rows and cells (RFC 4180)."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.policies.seam import Ints

DONE, UNFINISHED, UNCLOSED = range(3)
_COMMA, _QUOTE, _LF, _CR = 44, 34, 10, 13


class Cells(NamedTuple):
    """``n`` rows of some CSV text and, of each, the cells of ``c`` wanted columns."""

    row: Ints  # [n, 2] where a row begins and ends in the text, without its line end
    width: Ints  # [n] its number of cells
    cell: Ints  # [c, n, 2] where a cell begins and ends, quotes included; 0, 0: not there
    stop: int  # what comes after the last row
    state: int  # why it stops: DONE, UNFINISHED: a row without its end; UNCLOSED: a quote without


def tokenise(
    data: NDArray[np.uint8],
    begin: int,
    ended: bool,
    slots: Ints,
    most_rows: int,
    longest: int,
) -> Cells:
    """Cut text into rows; line ends are CR LF, LF or CR, empty lines are left out.

    Args:
        data: CSV text, less than 2 GiB; ``begin``: where the first row begins.
        ended: nothing follows the text.
        slots: [columns of the file] place among the wanted columns, or -1.
        most_rows: how many rows to cut at most.
        longest: bytes within which a quoted cell has to be closed.
    """
    rows = min(most_rows, (len(data) - begin) // 2 + 1)
    row = np.empty((rows, 2), np.int32)
    width = np.empty(rows, np.int32)
    cell = np.zeros((int(slots.max(initial=-1)) + 1, rows, 2), np.int32)
    count, stop, state = _tokenise(data, begin, ended, slots, longest, row, width, cell)
    return Cells(row[:count], width[:count], cell[:, :count], int(stop), int(state))


def cell_texts(data: NDArray[np.uint8], cell: Ints) -> pa.Array:
    """Take cells out of the text, quotes removed.

    Args:
        cell: [n, 2] where each begins and ends.

    Returns:
        [n] binary; an empty cell is null, quoted or not.
    """
    starts = np.zeros(len(cell) + 1, np.int32)
    taken = np.empty(int((cell[:, 1] - cell[:, 0]).sum(dtype=np.int64)), np.uint8)
    size = _copy_cells(data, cell, starts, taken)
    valid = np.packbits(starts[1:] > starts[:-1], bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(starts), pa.py_buffer(taken[:size])]
    return pa.Array.from_buffers(pa.binary(), len(cell), buffers)


@kernel
def _cell_end(data, at, ended, limit):  # type: ignore[no-untyped-def]
    """Where the cell at a place ends, and how that is known."""
    size = len(data)
    if at < size and data[at] == _QUOTE:
        at += 1
        while True:
            while at < size and data[at] != _QUOTE and at < limit:
                at += 1
            if at >= limit:
                return at, UNCLOSED
            if at + 1 >= size and not ended:
                return at, UNFINISHED
            if at == size:
                return at, UNCLOSED
            at += 1
            if at == size or data[at] != _QUOTE:
                break
            at += 1
    while at < size and data[at] != _COMMA and data[at] != _LF and data[at] != _CR:
        at += 1
    # The byte after a CR has to be there too: it may be the LF of the same line end.
    if not ended and (at == size or (data[at] == _CR and at + 1 == size)):
        return at, UNFINISHED
    return at, DONE


@kernel
def _tokenise(data, at, ended, slots, longest, row, width, cell):  # type: ignore[no-untyped-def]
    size = len(data)
    count = 0
    while count < len(row) and at < size:
        begin = at
        if data[at] == _LF or data[at] == _CR:
            at += 1
            continue
        cells = 0
        while True:
            end, state = _cell_end(data, at, ended, begin + longest)
            if state != DONE:
                return count, begin, state
            if cells < len(slots) and slots[cells] >= 0:
                cell[slots[cells], count, 0] = at
                cell[slots[cells], count, 1] = end
            cells += 1
            at = end
            if at == size or data[at] != _COMMA:
                break
            at += 1
        row[count, 0] = begin
        row[count, 1] = at
        width[count] = cells
        count += 1
        if at < size:
            at += 1 + (data[at] == _CR and at + 1 < size and data[at + 1] == _LF)
    return count, at, DONE


@kernel
def _copy_cells(data, cell, starts, taken):  # type: ignore[no-untyped-def]
    to = 0
    for i in range(len(cell)):
        at, end = cell[i, 0], cell[i, 1]
        quoted = at < end and data[at] == _QUOTE
        at += quoted
        while at < end:
            if quoted and data[at] == _QUOTE:
                at += 1
                if at == end:
                    break
                # A doubled quote is one; behind the closing one stands plain text.
                quoted = data[at] == _QUOTE
            taken[to] = data[at]
            to += 1
            at += 1
        starts[i + 1] = to
    return to
