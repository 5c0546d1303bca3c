from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.exchange.fields import NamedTexts, Numbers, Offsets, Texts, WrongField
from idweave.transforms.exchange.store import Store
from idweave.transforms.exchange.working_file import Address, WorkingFile


class Example(WorkingFile):
    """Of k rows by group."""

    start: Offsets = Offsets("[groups + 1]", "rows by group", into="k")
    hash: Numbers[np.uint64] = Numbers("[k, 2]", "a hash")
    label: Numbers[np.int32 | np.int64] = Numbers("[k]", "a label")
    text: Texts = Texts("[k]", "a text")
    note: Texts = Texts("[k]", "a note", nulls=True)
    extra: NamedTexts = NamedTexts("[k]", "by name")

    @classmethod
    def at(cls, number: int) -> Address[Self]:
        return Address(cls, f"example/{number}")


def right() -> dict[str, Any]:
    return {
        "start": np.array([0, 1, 3]),
        "hash": np.array([[1, 2], [3, 4], [5, 6]], np.uint64),
        "label": np.array([7, 8, 9], np.int32),
        "text": pa.array(["a", "", "ccc"]),
        "note": pa.array([None, "n", None]),
        "extra": {"plan": pa.array(["x", None, "z"])},
    }


def test_what_is_written_is_read_back_whole_or_by_rows(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.write(Example.at(4), Example(**right()))
    with store.open(Example.at(4)) as file:
        assert file.start[:].tolist() == [0, 1, 3]
        assert file.start.span(1) == (1, 3)
        assert file.hash[1:3].tolist() == [[3, 4], [5, 6]]
        assert file.label[:].tolist() == [7, 8, 9]
        assert file.text[:].to_pylist() == ["a", "", "ccc"]
        assert file.text[2:].to_pylist() == ["ccc"]
        assert file.note[1:3].to_pylist() == ["n", None]
        assert "plan" in file.extra
        assert "name" not in file.extra
        assert file.extra["plan"][:2].to_pylist() == ["x", None]
    assert [path.name for path in (tmp_path / "example").iterdir()] == ["4"]


def test_a_file_without_rows_is_read_back(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    none = pa.array([], pa.string())
    empty = {"start": np.zeros(3, np.int64), "hash": np.empty((0, 2), np.uint64)}
    empty |= {"label": np.empty(0, np.int64), "text": none, "note": none, "extra": {}}
    store.write(Example.at(0), Example(**empty))
    with store.open(Example.at(0)) as file:
        assert file.start.span(1) == (0, 0)
        assert file.hash[:].shape == (0, 2)
        assert file.text[:].to_pylist() == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another dtype": ({"hash": np.zeros((3, 2), np.int64)}, "Example.hash is int64, not uint64"),
    "no array": ({"label": [7, 8, 9]}, "Example.label is list, not int32 or int64"),
    "another length": (
        {"label": np.zeros(4, np.int32)},
        "Example.label has size 4, not k = 3 of [k]",
    ),
    "another width": (
        {"hash": np.zeros((3, 3), np.uint64)},
        "Example.hash has size 3, not 2 = 2 of [k, 2]",
    ),
    "another rank": ({"hash": np.zeros(3, np.uint64)}, "Example.hash has 1 dimensions, not [k, 2]"),
    "offsets that end early": (
        {"start": np.array([0, 1, 2])},
        "Example.hash has size 3, not k = 2",
    ),
    "offsets that begin late": (
        {"start": np.array([1, 1, 3])},
        "Example.start goes from 1 to 3, not from 0 to 3",
    ),
    "nulls": ({"text": pa.array(["a", None, "c"])}, "Example.text has 1 nulls, and may have none"),
    "numbers for texts": ({"text": pa.array([1, 2, 3])}, "Example.text is int64, not text"),
    "short named texts": (
        {"extra": {"plan": pa.array(["x"])}},
        "Example.extra has size 1, not k = 3",
    ),
    "an unknown field": ({"lable": np.zeros(3)}, "missing fields: [], unknown fields: ['lable']"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_field_fails_where_it_is_written(name: str) -> None:
    values, message = WRONG[name]
    with pytest.raises(WrongField) as error:
        Example(**(right() | values))
    assert message in str(error.value)


def test_a_missing_field_fails_where_it_is_written() -> None:
    given = right()
    del given["note"]
    with pytest.raises(WrongField, match=r"missing fields: \['note'\]"):
        Example(**given)
