"""Names of the array types that stages, views and pure functions hand to each other."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint64]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]
