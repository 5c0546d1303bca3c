"""Bytes as lower-case hex digits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)


def hex_digits(data: NDArray[Any]) -> NDArray[np.uint8]:
    """[2 b] the ASCII codes of the digits of `b` bytes, in the order in which they lie."""
    return _PAIRS.take(np.ascontiguousarray(data).view(np.uint8).ravel()).view(np.uint8)
