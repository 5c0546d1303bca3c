"""Ids, 32 hexadecimal digits, as two words of 8 bytes; beginnings of longer ones."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.texts import text_buffers

ID_DIGITS = 32
_WRONG = 255
DIGIT_VALUE = np.full(256, _WRONG, np.uint8)  # of a character
DIGIT_VALUE[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


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
    if not _parse(start, data, digits, DIGIT_VALUE, out):
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
