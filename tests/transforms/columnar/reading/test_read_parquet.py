"""Parquet of every type and layout."""

import datetime as dt
import io
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.transforms.columnar.reading.read_records import Limits, parquet_layout, read_split
from idweave.transforms.columnar.reading.records import NO_TIME, BadFile, Records
from tests.transforms.columnar.reading.helpers import (
    SOURCE,
    packed,
    parquet,
    plain,
    raw_texts,
    read,
    reasons,
    who,
)

PARQUET = SOURCE._replace(format="parquet")


def _table(column: pa.Array, name: str = "who") -> pa.Table:
    return pa.table({"id": pa.array(range(len(column))), name: column})


def _groups(data: bytes, groups: tuple[int, ...]) -> Records:
    (got,) = read_split(PARQUET, "x.parquet", lambda: io.BytesIO(data), groups, Limits(1, 100), {})
    return got


DAY = dt.datetime(2026, 1, 2, 3, 4, 5, 600000)
UUID = uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")
COLUMNS: list[tuple[list[Any], pa.DataType, list[tuple[str, bool]]]] = [
    (["a", None, ""], pa.string(), [("a", False), ("", False)]),
    (["a", None], pa.large_string(), [("a", False)]),
    (["a", None], pa.string_view(), [("a", False)]),
    (["a", None, "a"], pa.dictionary(pa.int32(), pa.string()), [("a", False), ("a", False)]),
    (["é".encode(), b"\xff", None], pa.binary(), [("é", False), ("\\xff", True)]),
    ([b"ab", b"\xff\x00"], pa.binary(2), [("ab", False), ("\\xff\x00", True)]),
    ([2**63 - 1, -(2**63)], pa.int64(), [(str(2**63 - 1), False), (str(-(2**63)), False)]),
    ([2**64 - 1, None], pa.uint64(), [(str(2**64 - 1), False)]),
    ([-128, 127], pa.int8(), [("-128", False), ("127", False)]),
    ([Decimal(10**37)], pa.decimal128(38, 0), [(str(10**37), False)]),
    ([Decimal("1.00")], pa.decimal128(5, 2), [("1", False)]),
    ([1.0, -2.5, None], pa.float64(), [("1", False), ("-2.5", True)]),
    ([2.0**53 - 1, 2.0**53], pa.float64(), [(str(2**53 - 1), False), (str(2.0**53), True)]),
    ([np.nan, np.inf, 1e300], pa.float64(), [("1e+300", True)]),
    ([0.1, 3.0], pa.float32(), [("0.1", True), ("3", False)]),
    ([True, False, None], pa.bool_(), [("true", True), ("false", True)]),
    ([DAY], pa.timestamp("us", "UTC"), [("2026-01-02T03:04:05.6Z", False)]),
    ([DAY.date()], pa.date32(), [("2026-01-02", False)]),
    ([UUID.bytes, None], pa.uuid(), [(str(UUID), False)]),
    ([None, None], pa.null(), []),
    ([{"a": 1}, None], pa.struct([("a", pa.int8())]), [('{"a":1}', True)]),
    ([[("k", 1)]], pa.map_(pa.string(), pa.int8()), [('[{"key":"k","value":1}]', True)]),
]


@pytest.mark.parametrize(("values", "kind", "expected"), COLUMNS, ids=[str(c[1]) for c in COLUMNS])
def test_values_of_any_type_become_text(
    values: list[Any], kind: pa.DataType, expected: list[tuple[str, bool]]
):
    array = pa.array(values, kind)
    source = PARQUET._replace(attributes=(("x", "who"),), needs_content=True)
    got = read(source, parquet(_table(array)))
    assert [(text, wrong) for _, text, wrong in who(got)] == expected
    assert [text for text in plain(got)["attributes"]["x"] if text is not None] == [
        text for text, _ in expected
    ]
    lists = pa.ListArray.from_arrays(pa.array([0, 0, len(array)], pa.int32()), array)
    got = read(source, parquet(_table(lists)))
    assert who(got) == [(1, text, wrong) for text, wrong in expected]
    ids = read(PARQUET, parquet(pa.table({"id": array})))
    assert ids.record_id.to_pylist() == [text for text, _ in expected if text]  # "" is no id
    assert len(reasons(ids)) == len(array) - len(ids.record_id)


def test_lists_give_several_values_and_nulls_go():
    nested = pa.list_(pa.list_(pa.int64()))
    array = pa.array([[[1, 2], None, [3]], None, [], [[None], [4]]], nested)
    for kind in (nested, pa.large_list(pa.list_(pa.int64()))):
        got = who(read(PARQUET, parquet(_table(array.cast(kind)))))
        assert got == [(0, "1", False), (0, "2", False), (0, "3", False), (3, "4", False)]


def test_dotted_paths_go_into_structs_and_lists_of_structs():
    rows = [
        {"id": "0", "u": {"v": {"w": "a", "other": 1}}, "l": [{"w": "x", "o": 1}, {"w": None}]},
        {"id": "1", "u": {"v": None}, "l": None},
        {"id": "2", "u": None, "l": [{"w": "y", "o": 2}, {"w": "z", "o": 3}]},
    ]
    source = PARQUET._replace(
        identities=((0, "u.v.w"), (1, "l.w")), attributes=(("l", "l.w"), ("u", "u.v.w"))
    )
    got = plain(read(source, parquet(rows)))
    assert got["values"] == [
        (0, 0, "a", False),
        (1, 0, "x", False),
        (1, 2, "y", False),
        (1, 2, "z", False),
    ]
    assert got["attributes"] == {"l": ['["x",null]', None, '["y","z"]'], "u": ["a", None, None]}


def test_a_column_whose_name_has_a_dot_comes_before_a_path():
    table = pa.table({"id": ["0"], "who.x": ["top"], "who": [{"x": "below"}]})
    source = PARQUET._replace(identities=((0, "who.x"),))
    assert who(read(source, parquet(table))) == [(0, "top", False)]


def test_several_columns_of_one_type_are_listed_by_row():
    table = pa.table({"id": [0, 1, 2], "a": ["a0", None, "a2"], "b": [10, 11, None]})
    source = PARQUET._replace(identities=((0, "b"), (0, "a")))
    expected = [(0, "10", False), (0, "a0", False), (1, "11", False), (2, "a2", False)]
    assert who(read(source, parquet(table))) == expected


def test_row_groups_keep_their_positions():
    rows = [{"id": str(i), "who": f"w{i}"} for i in range(10)]
    data = parquet(rows, row_group_size=4)
    got = _groups(data, (1, 2))
    assert got.position.tolist() == [4, 5, 6, 7, 8, 9]
    assert got.record_id.to_pylist() == [str(i) for i in range(4, 10)]
    assert [row for row, _, _ in who(got)] == list(range(6))
    assert _groups(data, (2, 0)).position.tolist() == [8, 9, 0, 1, 2, 3]
    layout = parquet_layout(lambda: io.BytesIO(data))
    assert layout.rows == (4, 4, 2)
    assert layout.schema.names == ["id", "who"]
    assert len(layout.bytes) == 3
    assert min(layout.bytes) > 0


def test_row_groups_with_more_rows_than_a_unit_are_cut():
    data = parquet([{"id": str(i), "who": f"w{i}"} for i in range(10)], row_group_size=7)
    units = list(
        read_split(PARQUET, "x.parquet", lambda: io.BytesIO(data), (0, 1), Limits(1, 3), {})
    )
    assert max(len(unit.position) for unit in units) == 3
    assert [i for unit in units for i in unit.position.tolist()] == list(range(10))
    assert [i for unit in units for i in unit.record_id.to_pylist()] == [str(i) for i in range(10)]


def test_a_file_without_rows_or_row_groups_has_no_records():
    empty = pa.table({"id": pa.array([], pa.string()), "who": pa.array([], pa.string())})
    assert len(read(PARQUET, parquet(empty)).position) == 0
    file = io.BytesIO()
    pq.ParquetWriter(file, empty.schema).close()
    assert len(read(PARQUET, file.getvalue()).position) == 0
    assert parquet_layout(lambda: io.BytesIO(file.getvalue())).rows == ()


def test_a_file_with_none_of_the_columns_still_has_its_rows():
    got = read(PARQUET, parquet(pa.table({"x": [1, 2, 3]})))
    assert reasons(got) == [(i, "no_record_id") for i in range(3)]
    assert raw_texts(got) == ["{}"] * 3


def test_times_out_of_the_calendar_do_not_stop_the_run():
    table = pa.table({"id": ["a", "b"], "ts": pa.array([2**62, 0], pa.timestamp("us"))})
    got = read(PARQUET._replace(time_column="ts"), parquet(table))
    assert got.event_time.tolist() == [0]
    assert reasons(got) == [(0, "unreadable_time")]
    assert raw_texts(got) == [f'{{"id":"a","ts":"{2**62}"}}']


def test_times_are_read_from_every_type_that_can_hold_them():
    expected = [1_500_000, NO_TIME]
    text = ["1970-01-01T00:00:01.5Z", None]
    columns = [
        pa.array([1_500_000_000, None], pa.timestamp("ns", "Asia/Tokyo")),
        pa.array(text),
        pa.array(text).dictionary_encode(),
        pa.array(text, pa.string_view()),
        pa.array(text, pa.large_binary()),
    ]
    for column in columns:
        source = PARQUET._replace(time_column="who")
        assert read(source, parquet(_table(column))).event_time.tolist() == expected
    numbers = [
        pa.array([1.5, None]),
        pa.array([Decimal("1.50"), None]),
        pa.array(["1.5", None]),
    ]
    for column in numbers:
        source = PARQUET._replace(time_column="who", time_unit="s")
        assert read(source, parquet(_table(column))).event_time.tolist() == expected


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_is_compressed_as_a_whole_is_unpacked(suffix: str):
    data = packed(parquet([{"id": "a", "who": "w"}]), suffix)
    assert who(read(PARQUET, data, suffix=suffix)) == [(0, "w", False)]
    assert parquet_layout(lambda: io.BytesIO(data)).rows == (1,)
    with pytest.raises(BadFile):
        parquet_layout(lambda: io.BytesIO(data[:-9]))


def _damaged(data: bytes) -> bytes:
    return data[:4] + b"\xff" * 60 + data[64:]


def test_what_is_not_parquet_is_a_bad_file_and_its_contents_are_not_told():
    data = parquet([{"id": f"secret{i}", "who": "w"} for i in range(100)])
    for broken in (b"", b"PAR1", b"secret,csv\n" * 10, data[:-10], data[: len(data) // 2]):
        with pytest.raises(BadFile, match="not Parquet") as error:
            parquet_layout(lambda broken=broken: io.BytesIO(broken))
        assert "secret" not in str(error.value)
    with pytest.raises(BadFile, match="not Parquet"):
        read(PARQUET, _damaged(data))


def test_a_column_name_that_is_not_utf8_makes_a_bad_file():
    table = pa.table({"id": ["a"], "who": ["w"]})
    with pytest.raises(BadFile, match="not Parquet"):
        read(PARQUET, parquet(table, store_schema=False).replace(b"who", b"w\xff\xfe"))


def test_text_that_is_not_utf8_is_no_identity_value():
    text = pa.array([b"fine", b"\xffx", None]).view(pa.string())
    got = read(PARQUET, parquet(_table(text)))
    assert who(got) == [(0, "fine", False), (1, "\\xffx", True)]


def test_a_wanted_column_that_stands_twice_is_no_file_to_guess_in():
    twice = pa.Table.from_arrays([pa.array(["a"])] * 3, names=["id", "who", "who"])
    with pytest.raises(BadFile, match="column who is there twice"):
        read(PARQUET, parquet(twice))
