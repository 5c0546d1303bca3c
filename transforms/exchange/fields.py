"""The fields of a working file: numbers, offsets and texts, each with its shape and its meaning.

A field is declared in a kind of file (`working_file.py`) and nowhere else. It checks what a writer
gives, says which plain arrays stand for it, and gives a reader a column: ``file.time[:]`` reads the
whole field, ``file.time[low:high]`` only these rows.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Generic, Self, TypeVar, get_args, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import is_text, text_buffers
from idweave.transforms.exchange.columns import (
    NamedTextColumns,
    NumberColumn,
    OffsetColumn,
    T,
    TextColumn,
)
from idweave.transforms.exchange.raw_arrays import Array, RawArrays

C = TypeVar("C")
Sizes = dict[str, int]  # of the dimensions that the fields of a file share, by name


class WrongField(TypeError):
    """What a writer gave is not what the kind of file declares."""


class Field(Generic[C]):
    """A field of a kind of file; `C` is the column that a reader gets."""

    name: str

    def __init__(self, shape: str, meaning: str) -> None:
        """Declare a field.

        Args:
            shape: as ``[n, 2]``; a dimension has the same size in all fields of a file.
            meaning: what it says, also of values like -1.
        """
        self.shape = tuple(part.strip() for part in shape.strip("[]").split(","))
        self.meaning = meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> C: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else self.column(instance.opened)

    def bind(self, annotation: Any) -> None:
        """Take from the annotation what it says about the values."""

    def column(self, arrays: RawArrays) -> C:
        """The way to read the field of one file."""
        raise NotImplementedError

    def parts(self, value: Any) -> Iterator[tuple[str, Array]]:
        """The plain arrays that stand for a value, by key."""
        raise NotImplementedError

    def check(self, value: Any, sizes: Sizes) -> None:
        """Fail where a value has another type or shape; `sizes` gets dimensions that it lacks."""
        raise NotImplementedError

    @property
    def type_name(self) -> str:
        """The type of the values, for people."""
        raise NotImplementedError

    @property
    def shape_name(self) -> str:
        """The shape, for people."""
        return f"[{', '.join(self.shape)}]"

    def _check_texts(self, value: Any, sizes: Sizes) -> None:
        if not isinstance(value, pa.Array) or not is_text(value.type):
            found = getattr(value, "type", type(value).__name__)
            raise WrongField(f"{self.name} is {found}, not {self.type_name}")
        self._check_shape((len(value),), sizes)

    def _check_shape(self, shape: tuple[int, ...], sizes: Sizes) -> None:
        if len(shape) != len(self.shape):
            raise WrongField(f"{self.name} has {len(shape)} dimensions, not {self.shape_name}")
        for dimension, size in zip(self.shape, shape, strict=True):
            name, _, more = dimension.replace(" ", "").partition("+")
            extra = int(more or 0)
            expected = int(name) if name.isdigit() else sizes.setdefault(name, size - extra)
            if size != expected + extra:
                wanted = f"{dimension} = {expected + extra} of {self.shape_name}"
                raise WrongField(f"{self.name} has size {size}, not {wanted}")


class Numbers(Field[NumberColumn[T]]):
    """Numbers of the dtype that the annotation names."""

    def __set__(self, instance: object, value: NDArray[T]) -> None:
        raise AttributeError(f"{self.name}: a working file is made whole")

    def bind(self, annotation: Any) -> None:
        (given,) = get_args(annotation)
        self._dtypes = [np.dtype(kind) for kind in get_args(given) or (given,)]

    def column(self, arrays: RawArrays) -> NumberColumn[T]:
        return NumberColumn(arrays, self.name)

    def parts(self, value: Any) -> Iterator[tuple[str, Array]]:
        yield self.name, value

    def check(self, value: Any, sizes: Sizes) -> None:
        dtype = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        if dtype not in self._dtypes:
            raise WrongField(f"{self.name} is {dtype}, not {self.type_name}")
        self._check_shape(value.shape, sizes)

    @property
    def type_name(self) -> str:
        return " or ".join(str(dtype) for dtype in self._dtypes)


class Offsets(Numbers[np.int64]):
    """Where groups of rows begin: group g has the rows ``offsets[g]`` to ``offsets[g + 1]``."""

    def __init__(self, shape: str, meaning: str, *, into: str) -> None:
        """Declare offsets `into` the rows of one dimension."""
        super().__init__(shape, meaning)
        self.into = into

    def __set__(self, instance: object, value: NDArray[np.int64]) -> None:
        raise AttributeError(f"{self.name}: a working file is made whole")

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> OffsetColumn: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else OffsetColumn(instance.opened, self.name)

    def bind(self, annotation: Any) -> None:
        self._dtypes = [np.dtype(np.int64)]

    def check(self, value: Any, sizes: Sizes) -> None:
        super().check(value, sizes)
        first, last = value.flat[0], value.flat[-1]
        rows = sizes.setdefault(self.into, int(last))
        if first != 0 or last != rows:
            raise WrongField(f"{self.name} goes from {first} to {last}, not from 0 to {rows}")

    @property
    def type_name(self) -> str:
        return f"offsets into {self.into}"


class Texts(Field[TextColumn]):
    """Strings or bytes."""

    def __init__(self, shape: str, meaning: str, *, nulls: bool = False) -> None:
        """Declare texts; `nulls`: whether there may be any."""
        super().__init__(shape, meaning)
        self._nulls = nulls

    def __set__(self, instance: object, value: pa.Array) -> None:
        raise AttributeError(f"{self.name}: a working file is made whole")

    def column(self, arrays: RawArrays) -> TextColumn:
        return TextColumn(arrays, self.name)

    def parts(self, value: Any) -> Iterator[tuple[str, Array]]:
        yield from text_parts(self.name, value)

    def check(self, value: Any, sizes: Sizes) -> None:
        self._check_texts(value, sizes)
        if value.null_count and not self._nulls:
            raise WrongField(f"{self.name} has {value.null_count} nulls, and may have none")

    @property
    def type_name(self) -> str:
        return "text or null" if self._nulls else "text"


class NamedTexts(Field[NamedTextColumns]):
    """Columns of texts or nulls by names that the configuration gives."""

    def __set__(self, instance: object, value: Mapping[str, pa.Array]) -> None:
        raise AttributeError(f"{self.name}: a working file is made whole")

    def column(self, arrays: RawArrays) -> NamedTextColumns:
        return NamedTextColumns(arrays, self.name)

    def parts(self, value: Any) -> Iterator[tuple[str, Array]]:
        for name, texts in value.items():
            yield from text_parts(f"{self.name}.{name}", texts)

    def check(self, value: Any, sizes: Sizes) -> None:
        for texts in value.values():
            self._check_texts(texts, sizes)

    @property
    def type_name(self) -> str:
        return "text or null, by name"


def text_parts(key: str, texts: pa.Array) -> Iterator[tuple[str, Array]]:
    """The plain arrays that stand for texts."""
    start, data = text_buffers(texts)
    yield f"{key}.start", start
    yield f"{key}.data", data
    if texts.null_count:
        yield f"{key}.valid", np.asarray(texts.is_valid().to_numpy(zero_copy_only=False))
