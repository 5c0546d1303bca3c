"""Ids, 32 hexadecimal digits, as two words of 8 bytes; beginnings of longer ones."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import inlined, kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.siphash import load_word
from idweave.transforms.columnar.arrays.texts import text_buffers

ID_DIGITS = 32
_WRONG = 255
_VALUE = np.full(256, _WRONG, np.uint8)  # of a character
_VALUE[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


class NoId(ValueError):
    """A text is not an id: 32 lower-case hexadecimal digits."""


def id_words(texts: pa.Array, digits: int = ID_DIGITS) -> Hashes:
    """[n, 2] ids from their texts, none of them null.

    Args:
        digits: of each text, whose first 32 are taken.

    Raises:
        NoId: one is not an id.
    """
    start, data = text_buffers(texts)
    out = np.empty((len(texts), ID_DIGITS // 2), np.uint8)
    if not _parse(start, data, digits, _VALUE, out):
        raise NoId
    return out.view(np.uint64)


@kernel
def _parse(start, data, digits, value, out):  # type: ignore[no-untyped-def]
    for i in range(len(start) - 1):
        at = start[i]
        if start[i + 1] - at != digits:
            return False
        for j in range(16):
            high = value[data[at + 2 * j]]
            low = value[data[at + 2 * j + 1]]
            if high == 255 or low == 255:
                return False
            out[i, j] = (high << 4) | low
    return True


def first_words(texts: pa.Array) -> NDArray[np.uint64]:
    """[n] the first words of ids from their texts; of null, and of a text with other digits, any.

    Raises:
        NoId: one has not 32 digits.
    """
    start, data = text_buffers(texts)
    out = np.empty(len(texts), np.uint64)
    if not _first_words(start, data, out):
        raise NoId
    return out


@kernel
def _first_words(start, data, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        out[i] = 0
        if start[i + 1] - start[i] == ID_DIGITS:
            at = np.uint64(start[i])
            out[i] = _four_bytes(load_word(data, at))
            out[i] |= _four_bytes(load_word(data, at + np.uint64(8))) << np.uint64(32)
        elif start[i + 1] != start[i]:  # null has no text
            return False
    return True


@inlined
def _four_bytes(digits):  # type: ignore[no-untyped-def]
    """What eight digits stand for, all of them at once: those of letters are 9 more than 1 to 6."""
    low, high = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
    values = (digits & low) + np.uint64(9) * ((digits >> np.uint64(6)) & high)
    pairs = (values << np.uint64(4) | values >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    pairs = (pairs | pairs >> np.uint64(8)) & np.uint64(0x0000FFFF0000FFFF)
    return (pairs | pairs >> np.uint64(16)) & np.uint64(0xFFFFFFFF)
