"""CSV by RFC 4180, and what people make of it."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.read_records import Limits, read_split, what_is_meant
from idweave.transforms.columnar.reading.records import BadFile, CsvForm, Records
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


BACKSLASH = CSV._replace(csv=CsvForm(backslash=True))


def test_a_backslash_makes_a_mark_text_and_stays_before_anything_else():
    data = (
        b'id,who,x\n1,"Bar \\"No 5\\"",a\\,b\n2,"a\\\\","C:\\new"\n3,\\N,"line\\\nbreak, ""2"""\n'
        b'4,v,\\"a\n5,w,"open\\"\n6,w,back\\'
    )
    pieces = units(BACKSLASH, data)
    assert [row for unit in pieces for row in _rows(unit)] == [
        (0, "1", "a,b"),
        (1, "2", "C:\\new"),
        (2, "3", 'line\nbreak, "2"'),
        (3, "4", '"a'),
        (5, "6", "back\\"),
    ]
    values = [value for unit in pieces for _, value, _ in who(unit)]
    assert values == ['Bar "No 5"', "a\\", "\\N", "v", "w"]
    assert [pair for unit in pieces for pair in reasons(unit)] == [(4, "wrong_column_count")]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(*[st.text(alphabet='ab;\\"\r\né ', max_size=6)] * 3), max_size=6),
    st.integers(1, 4),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["utf-8", "utf-16", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp1252"]),
)
def test_what_the_csv_module_writes_in_any_dialect_is_read_back(
    table: list[tuple[str, str, str]], most_rows: int, quoting: Any, encoding: str
):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", quoting=quoting, escapechar="\\", doublequote=False)
    writer.writerows([[f"#{a}", x, y] for a, x, y in table])
    form = CsvForm(delimiter=";", encoding=encoding, backslash=True, header=("id", "x", "y"))
    pieces = units(CSV._replace(csv=form), file.getvalue().encode(encoding), rows=most_rows)
    got = [row for unit in pieces for row in _rows(unit)]
    assert got == [(i, f"#{a}", x or None) for i, (a, x, _) in enumerate(table)]
    assert [pair for unit in pieces for pair in reasons(unit)] == []


@pytest.mark.parametrize("delimiter", [";", "|", "\t", " "])
def test_a_delimiter_is_what_the_source_says(delimiter: str):
    form = CSV._replace(csv=CsvForm(delimiter=delimiter))
    text = delimiter.join(["id", "who", "x"]) + "\n" + delimiter.join(["1", '"a,b"', "c,"])
    got = read(form, text.encode())
    assert (_rows(got), who(got)) == ([(0, "1", "c,")], [(0, "a,b", False)])


@pytest.mark.parametrize("path", ["x.tsv", "a.csv/x.TSV.gz"])
def test_a_tab_parts_the_cells_of_a_tsv(path: str):
    pieces = read_split(CSV, path, lambda: io.BytesIO(b"id\tx\n1,2\ta"), None, Limits(99, 99), {})
    assert [_rows(unit) for unit in pieces] == [[(0, "1,2", "a")]]


def test_bytes_that_are_none_of_the_encoding_cost_their_row():
    cp1252 = CSV._replace(csv=CsvForm(encoding="cp1252"))
    got = read(cp1252, b"id,who,x\n1,caf\xe9,\x80\n2,\x81,b\n3,c,d")
    assert _rows(got) == [(0, "1", "€"), (2, "3", "d")]
    assert who(got) == [(0, "café", False), (1, "c", False)]
    assert (reasons(got), raw_texts(got)) == ([(1, "not_utf8")], ["2,\\x81,b"])
    utf_16 = CSV._replace(csv=CsvForm(encoding="utf-16"))
    data = "id,who,x\n1,a,b\n".encode("utf-16") + b"2\0,\0\0\xdc,\0b\0\n\0" + b"3\0,\0c\0,\0d\0"
    got = read(utf_16, data + b"\n")
    assert _rows(got) == [(0, "1", "b")]
    assert reasons(got) == [(1, "not_utf8"), (2, "not_utf8")]  # half a line end at the end


def test_a_file_without_a_header_has_the_one_of_the_source():
    form = CSV._replace(csv=CsvForm(header=("id", "who", "x")))
    got = read(form, b"\xef\xbb\xbf1,a,b\n2,c\n3,d,e\n")
    assert _rows(got) == [(0, "1", "b"), (2, "3", "e")]
    assert reasons(got) == [(1, "wrong_column_count")]
    assert units(form, b"") == []


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("idé,x".encode("latin-1"), "not UTF-8; csv: {encoding: latin-1}"),
        ("id,x".encode("utf-16"), "not UTF-8; csv: {encoding: utf-16}"),
    ],
)
def test_a_header_in_another_encoding_is_told(data: bytes, hint: str):
    with pytest.raises(BadFile, match=re.escape(hint)):
        read(CSV, data)


def test_what_is_likely_meant_is_told_without_the_text():
    wanted = {"id", "email"}
    assert what_is_meant(["Id ", "other"], wanted) is None
    assert what_is_meant(["id;email;x"], wanted) == (
        "the header has ';' 2 times: csv: {delimiter: \";\"}?"
    )
    assert what_is_meant(["id\temail"], wanted) == (
        "the header has '\\t' 1 time: csv: {delimiter: \"\\t\"}?"
    )
    record = ["1", "Jane Roe", "jane@x.org", "10:30:00"]
    assert what_is_meant(record, wanted) == (
        "its first line has 4 columns; if that is a record, name them: csv: {header: […]}"
    )
