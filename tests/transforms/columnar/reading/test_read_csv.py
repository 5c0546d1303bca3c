"""CSV by RFC 4180, and what people make of it."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.records import BadFile, Records
from tests.transforms.columnar.reading.helpers import (
    SOURCE,
    packed,
    plain,
    raw_texts,
    read,
    reasons,
    units,
    who,
)

CSV = SOURCE._replace(format="csv", attributes=(("x", "x"),))
LIMIT = 16 * 2**20


def _rows(records: Records) -> list[tuple[int, str, str | None]]:
    ids, x = records.record_id.to_pylist(), records.attributes["x"].to_pylist()
    return list(zip(records.position.tolist(), ids, x, strict=True))


def test_quotes_commas_and_line_ends_of_all_kinds():
    data = (
        b'\xef\xbb\xbf\r\nid,who,x\r\n1,a,"a,b"\n2,"q""q",\r3,,"line\r\nbreak"\r\n\r\n\n'
        b'4,"",plain "quotes"\n5,v,no "quoted" cell"s\n6,"""",""""""'
    )
    got = read(CSV, data)
    assert _rows(got) == [
        (0, "1", "a,b"),
        (1, "2", None),
        (2, "3", "line\r\nbreak"),
        (3, "4", 'plain "quotes"'),
        (4, "5", 'no "quoted" cell"s'),
        (5, "6", '""'),
    ]
    expected = [(0, "a", False), (1, 'q"q', False), (4, "v", False), (5, '"', False)]
    assert who(got) == expected


CELLS = st.text(alphabet='ab,"\r\né ', max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.integers(1, 4))
def test_what_the_csv_module_writes_is_read_back_in_units_of_any_size(
    table: list[tuple[str, str, str]], most_rows: int
):
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "x", "y"], *[(f"#{a}", x, y) for a, x, y in table]])
    pieces = units(CSV, file.getvalue().encode(), rows=most_rows)
    assert all(len(unit.position) <= most_rows for unit in pieces)
    got = [row for unit in pieces for row in _rows(unit)]
    assert got == [(i, f"#{a}", x or None) for i, (a, x, _) in enumerate(table)]


def test_rows_of_a_wrong_width_go_to_the_quarantine():
    got = read(CSV, b"id,who,x\n1,a,b\n2,a\n3,a,b,c\n4\n5,a,b\n")
    assert [row[:2] for row in _rows(got)] == [(0, "1"), (4, "5")]
    assert reasons(got) == [(i, "wrong_column_count") for i in (1, 2, 3)]
    assert raw_texts(got) == ["2,a", "3,a,b,c", "4"]


def test_rows_that_are_not_utf8_go_to_the_quarantine():
    got = read(CSV, b"id,who,x\n1,a,b\n2,\xff,b\n3,\xc3\xa9,b\n4,\xc3,\xa9\n")
    assert [row[:2] for row in _rows(got)] == [(0, "1"), (2, "3")]
    assert reasons(got) == [(1, "not_utf8"), (3, "not_utf8")]
    assert raw_texts(got) == ["2,\\xff,b", "4,\\xc3,\\xa9"]
    assert who(got) == [(0, "a", False), (1, "é", False)]


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_a_quote_that_is_never_closed_costs_one_line(rows: int):
    data = b'id,who,x\n1,a,b\n2,"a,b\n3,a,b\n4,a,b'
    pieces = units(CSV, data, rows=rows)
    got = [row for unit in pieces for row in _rows(unit)]
    assert [row[:2] for row in got] == [(0, "1"), (2, "3"), (3, "4")]
    assert [pair for unit in pieces for pair in reasons(unit)] == [(1, "wrong_column_count")]
    last = units(CSV, b'id,who,x\n1,a,"b')
    assert [pair for unit in last for pair in reasons(unit)] == [(0, "wrong_column_count")]


def test_a_quote_that_closes_beyond_16_mib_costs_one_line():
    filler = (b"8,a," + b"b" * 995 + b"\n") * (LIMIT // 1000 + 10)
    data = b'id,who,x\n1,"a,b\n' + filler + b'9,"q",b\n'
    pieces = units(CSV, data, size=2**26, rows=10**7)
    assert [pair for unit in pieces for pair in reasons(unit)] == [(0, "wrong_column_count")]
    read_rows = [row for unit in pieces for row in _rows(unit)]
    assert len(read_rows) == LIMIT // 1000 + 11
    assert read_rows[0] == (1, "8", "b" * 995)
    assert read_rows[-1] == (LIMIT // 1000 + 11, "9", "b")


@pytest.mark.parametrize("size", [2**20, 2**26])
def test_a_row_that_is_too_long_is_refused_and_the_next_one_is_read(size: int):
    data = b"id,who,x\n1,a,b\n2," + b"y" * 20 * 2**20 + b",b\n3,a,b\n"
    pieces = units(CSV, data, size=size)
    got = [row for unit in pieces for row in _rows(unit)]
    assert got == [(0, "1", "b"), (2, "3", "b")]
    assert [pair for unit in pieces for pair in reasons(unit)] == [(1, "line_too_long")]
    (text,) = [text for unit in pieces for text in raw_texts(unit)]
    assert text == "2," + "y" * 4094


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_units_follow_bytes_and_rows_whatever_the_compression(suffix: str):
    lines = [f'{i},w{i},"long ""{i}"" text\n"\n' for i in range(100_000)]
    data = packed(("id,who,x\n" + "".join(lines)).encode(), suffix)
    pieces = units(CSV, data, suffix=suffix, rows=30_000, size=2**20)
    got = [row for unit in pieces for row in _rows(unit)]
    assert got == [(i, str(i), f'long "{i}" text\n') for i in range(100_000)]
    assert 3 < len(pieces) < 10
    assert all(len(unit.position) <= 30_000 for unit in pieces)


def test_columns_are_found_by_name():
    got = read(CSV, b'x,id,"a,b",y,y\n1,2,3,4,5\n')
    assert _rows(got) == [(0, "2", "1")]
    dotted = CSV._replace(identities=((0, "user.id"),))
    assert who(read(dotted, b"id,user.id\n1,u\n")) == [(0, "u", False)]


def test_a_file_of_one_column_has_no_empty_rows():
    got = plain(read(CSV._replace(attributes=()), b"id\n\na\n\n\nb"))
    assert (got["position"], got["record_id"]) == ([0, 1], ["a", "b"])


def test_a_file_with_nothing_but_a_header_has_no_records():
    assert units(CSV, b"id,who,x") == []
    assert units(CSV, b"id,who,x\r\n\r\n") == []


BAD_FILES = [b"", b"\xef\xbb\xbf", b"\n\r\n", b'"id', b"id,\xff\n1,2\n", b"x" * (LIMIT + 1)]


@pytest.mark.parametrize("data", BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_without_a_header_is_a_bad_file(data: bytes):
    with pytest.raises(BadFile, match="header"):
        units(CSV, data)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_truncated_archive_is_a_bad_file(suffix: str):
    data = packed(b"id,who,x\n" + b"1,a,b\n" * 1000, suffix)
    with pytest.raises(BadFile, match="truncated or damaged"):
        units(CSV, data[:-3], suffix=suffix)


def test_a_wanted_column_that_stands_twice_is_no_file_to_guess_in():
    with pytest.raises(BadFile, match="column x is there twice"):
        read(CSV, b"id,who,x,x\n1,a,b,LOST\n")
    assert who(read(CSV, b"id,who,x,other,other\n1,a,b,c,d\n")) == [(0, "a", False)]


def test_a_row_with_text_behind_a_closing_quote_is_refused_as_it_is():
    """As Spark writes quotes unless told otherwise; read by RFC 4180 it is another text."""
    data = b'id,who,x\n1,"Bar \\"No 5\\"",a\n2,"Bar ""No 5""",b\n3,"a"b,c\n4,"a" ,"c"\n5,d,"e"'
    got = read(CSV, data)
    assert _rows(got) == [(1, "2", "b"), (4, "5", "e")]
    assert who(got) == [(0, 'Bar "No 5"', False), (1, "d", False)]
    assert reasons(got) == [(i, "malformed_quotes") for i in (0, 2, 3)]
    assert raw_texts(got) == ['1,"Bar \\"No 5\\"",a', '3,"a"b,c', '4,"a" ,"c"']
    with pytest.raises(BadFile, match="escape: backslash"):
        read(CSV, b'id,who,"x \\"y\\""\n')
