"""Spreads 64 bits over 64: the finaliser of splitmix64 (Steele 2014), for kernels and arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel


def finalised(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """[n] scrambled words, distinct for distinct words."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # arrays of integers wrap
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


finalise: Any = kernel(finalised)
"""The same for one word, in a kernel."""
