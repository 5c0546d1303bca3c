"""Texts of values: one for each value, whatever its type, scale and file."""

import decimal
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.read_text import plain_text, plain_values, texts
from tests.transforms.columnar.reading.helpers import SOURCE, jsonl, parquet, plain, read

DECIMALS = {
    "0E-9": "0", "1.50": "1.5", "-0.05": "-0.05", "100": "100", "0.1": "0.1", "-3.00": "-3",
    "1E-9": "0.000000001", "-12345678901234567890.100000001": "-12345678901234567890.100000001",
}  # fmt: skip


@pytest.mark.parametrize("kind", [pa.decimal128(38, 9), pa.decimal256(70, 20)], ids=str)
def test_decimals_are_plain_whatever_their_scale(kind: pa.DataType) -> None:
    values = pa.array([None, *map(Decimal, DECIMALS)], kind)
    assert texts(values).text.to_pylist() == [None, *DECIMALS.values()]
    assert texts(values[3:]).text.to_pylist() == list(DECIMALS.values())[2:]
    assert not texts(values).wrong.any()


def test_decimals_with_a_scale_below_zero_have_their_zeros() -> None:
    values = pa.array([Decimal("1.2E+5"), Decimal(0), None], pa.decimal128(5, -3))
    assert texts(values).text.to_pylist() == ["120000", "0", None]


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(0, 18), st.integers(0, 19))
def test_equal_decimals_have_one_text(number: int, scale: int, more: int) -> None:
    with decimal.localcontext(prec=60):
        value = Decimal(number).scaleb(-scale)
        kinds = [pa.decimal128(18, scale), pa.decimal128(38, scale + more)]
        found = {texts(pa.array([value], kind)).text[0].as_py() for kind in kinds}
    (text,) = found
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith("0"))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_nan_and_infinities_are_no_values(kind: type) -> None:
    values = pa.array(np.array([math.nan, math.inf, -math.inf, -0.0, 3, 0.5], kind))
    text, wrong = texts(values)
    assert text.to_pylist() == [None, None, None, "0", "3", "0.5"]
    assert wrong.tolist() == [False] * 5 + [True]
    assert [plain_text(x)[0] for x in (math.nan, math.inf, -math.inf)] == [None] * 3
    lists = pa.array([[0.5, math.nan], None, [math.inf]])
    assert plain_values(lists) == [[0.5, None], None, [None]]


def test_floats_are_whole_up_to_where_they_stand_for_one_integer() -> None:
    values = pa.array([2.0**53 - 1, 2.0**53, -(2.0**53), 1e300, 1e-7])
    text, wrong = texts(values)
    assert text.to_pylist()[0] == "9007199254740991"
    assert wrong.tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_value_that_is_none_is_absent_everywhere(form: str) -> None:
    source = SOURCE._replace(
        format=form, attributes=(("score", "score"),), identities=((0, "who"), (1, "more"))
    )
    nan = math.nan if form == "parquet" else None
    huge = math.inf if form == "parquet" else 9e999
    rows = [
        {"id": 1.0, "who": nan, "more": [huge, 2.0], "score": nan},
        {"id": nan, "who": 2.0, "more": [], "score": 1.5},
        {"id": 3.0, "who": huge, "more": [], "score": huge},
    ]
    data = jsonl(rows).replace(b"Infinity", b"9e999") if form == "jsonl" else parquet(rows)
    got = plain(read(source, data))
    assert got["record_id"] == ["1", "3"]
    assert got["values"] == [(1, 0, "2", False)]
    assert got["attributes"] == {"score": [None, None]}
    assert got["quarantined"] == [(1, "no_record_id")]
