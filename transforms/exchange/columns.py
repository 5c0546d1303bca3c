"""How readers get at the fields of an opened file: whole, or only some rows."""

from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import text_array
from idweave.transforms.exchange.raw_arrays import RawArrays

T = TypeVar("T", bound=np.generic)


class NumberColumn(Generic[T]):
    """Numbers of one file, read when they are asked for."""

    def __init__(self, arrays: RawArrays, key: str) -> None:
        self._arrays, self._key = arrays, key

    def __getitem__(self, rows: slice) -> NDArray[T]:
        return self._arrays.read(self._key, rows.start or 0, rows.stop)


class OffsetColumn(NumberColumn[np.int64]):
    """Where the rows of each group begin and end."""

    def span(self, group: int) -> tuple[int, int]:
        """The rows low..high of one group."""
        low, high = self[group : group + 2].tolist()
        return low, high


class TextColumn:
    """Texts of one file, read when they are asked for."""

    def __init__(self, arrays: RawArrays, key: str) -> None:
        self._arrays, self._key = arrays, key

    def __getitem__(self, rows: slice) -> pa.Array:
        low, high = rows.start or 0, rows.stop
        read, key = self._arrays.read, self._key
        start = read(f"{key}.start", low, None if high is None else high + 1)
        data = read(f"{key}.data", int(start[0]), int(start[-1]))
        valid = read(f"{key}.valid", low, high) if f"{key}.valid" in self._arrays else None
        return text_array(start, data, valid)


class NamedTextColumns:
    """Several columns of texts in one file, by name."""

    def __init__(self, arrays: RawArrays, key: str) -> None:
        self._arrays, self._key = arrays, key

    def __contains__(self, name: str) -> bool:
        return f"{self._key}.{name}.start" in self._arrays

    def __getitem__(self, name: str) -> TextColumn:
        return TextColumn(self._arrays, f"{self._key}.{name}")
