"""Changes of `modify` requests, and what is none."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.columnar.reading.read_changes import parse_changes
from tests.transforms.columnar.reading.helpers import SOURCE, jsonl, parquet, plain, read, reasons

CHANGES: list[tuple[Any, list[tuple[Any, ...]] | None]] = [
    (None, []),
    ([], []),
    ([{"type": "email", "old": "a", "new": "b"}], [(1, "email", "a", "b")]),
    ([{"type": "fax", "old": 5}], [(-1, "fax", "5", None)]),
    ([{"type": "email", "new": 2.0}], [(1, "email", None, "2")]),
    ('[{"type":"email","new":1180591620717411303424}]', [(1, "email", None, str(2**70))]),
    ("", []),
    ("null", []),
    ({"type": "email"}, None),
    ([["email", "a", "b"]], None),
    ([None], None),
    ([{"old": "a", "new": "b"}], None),
    ([{"type": None, "new": "b"}], None),
    ([{"type": "email", "new": ["a"]}], None),
    ("[{", None),
    ("[" * 100_000, None),
    ('[{"type":"email","new":"\\ud800"}]', None),
    (5, None),
]


@pytest.mark.parametrize(("written", "expected"), CHANGES)
def test_changes_are_lists_of_type_old_new(written: Any, expected: list[tuple[Any, ...]] | None):
    source = SOURCE._replace(request_default="modify", changes="changes")
    got = read(source, jsonl([{"id": "a", "changes": written}]))
    if expected is None:
        assert reasons(got) == [(0, "unreadable_changes")]
    else:
        assert list(zip(*plain(got)["changes"][1:5], strict=True)) == expected
        assert not reasons(got)


@pytest.mark.parametrize("value", [True, 1.5])
def test_a_value_of_a_wrong_type_refuses_its_change_not_its_record(value: Any):
    source = SOURCE._replace(request_default="modify", changes="changes")
    written = [{"type": "email", "old": value, "new": "b"}, {"type": "email", "new": value}]
    got = read(source, jsonl([{"id": "a", "changes": written}]))
    assert not reasons(got)
    assert got.changes.wrong.tolist() == [[True, False], [False, True]]


def test_changes_may_be_structs_of_parquet():
    change = pa.struct([("type", pa.string()), ("old", pa.int64()), ("new", pa.string())])
    changes = [[{"type": "email", "old": 2**60 + 1, "new": "n"}], None, []]
    column = pa.array(changes, pa.list_(change))
    table = pa.table({"id": ["a", "b", "c"], "changes": column})
    source = SOURCE._replace(format="parquet", request_default="modify", changes="changes")
    got = plain(read(source, parquet(table)))
    assert got["changes"][:5] == [[0], [1], ["email"], [str(2**60 + 1)], ["n"]]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_changes_with_what_is_no_number_cannot_be_read(value: str) -> None:
    # taken for null, it would add or remove
    text = f'[{{"type": "email", "old": "a", "new": {value}}}]'
    changes, bad = parse_changes(np.array([3], np.int32), [text], ("email",))
    assert bad.tolist() == [3]
    assert changes.row.tolist() == []
