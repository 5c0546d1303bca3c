"""A kind of working file: the hand-over from the stage that writes it to those that read it.

A kind is a subclass that declares fields and an address::

    class HubCutFile(WorkingFile):
        start: Offsets = Offsets("[units + 1]", "by unit", into="k")
        node: Numbers[np.int32] = Numbers("[k]", "the hub's node in its unit")

        @classmethod
        def at(cls, graph: int, shard: int) -> Address[Self]:
            return Address(cls, f"hubs/{graph}/cut/{shard}")

An instance is made of all its fields by keywords and written by `Store.write`, or opened by
`Store.open` and read by attributes. What a file has none of is empty, never left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, dataclass_transform

from idweave.transforms.exchange.fields import (
    Array,
    Field,
    NamedTexts,
    Numbers,
    Offsets,
    Sizes,
    Texts,
    WrongField,
)
from idweave.transforms.exchange.raw_arrays import RawArrays

F = TypeVar("F", bound="WorkingFile")


@dataclass_transform(kw_only_default=True, field_specifiers=(Numbers, Offsets, Texts, NamedTexts))
class WorkingFile:
    """The fields of one file, given by keywords or read from a folder."""

    fields: tuple[Field[Any], ...] = ()
    opened: RawArrays

    def __init_subclass__(cls) -> None:
        declared = vars(cls).get("__annotations__", {})
        cls.fields = tuple(vars(cls)[name] for name in declared)
        for field in cls.fields:
            field.bind(declared[field.name])

    def __init__(self, **values: Any) -> None:
        """Check all fields; nothing is copied.

        Raises:
            WrongField: a field is missing, unknown, or of another type or shape.
        """
        kind, names = type(self).__name__, {field.name for field in self.fields}
        if names != values.keys():
            missing, unknown = sorted(names - values.keys()), sorted(values.keys() - names)
            raise WrongField(f"{kind}: missing fields: {missing}, unknown fields: {unknown}")
        sizes: Sizes = {}
        for field in self.fields:
            try:
                field.check(values[field.name], sizes)
            except WrongField as error:
                raise WrongField(f"{kind}.{error}") from None
        self._values = values

    def parts(self) -> Iterator[tuple[str, Array]]:
        """The plain arrays of an instance that is to be written, by key."""
        for field in self.fields:
            yield from field.parts(self._values[field.name])

    @classmethod
    def of(cls, arrays: RawArrays) -> Self:
        """An instance to be read; its fields are read when they are asked for."""
        file = cls.__new__(cls)
        file.opened = arrays
        return file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()


@dataclass(frozen=True)
class Address(Generic[F]):
    """Where a file of one kind is in the working folder. It doesn't depend on attempts."""

    kind: type[F]
    path: str

    @property
    def folder(self) -> str:
        """The folder of the files that differ in the last part of their address."""
        return self.path.rpartition("/")[0]
