"""CSV as others write it: marks, delimiters, encodings, no header."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.read_records import Limits, read_split, what_is_meant
from idweave.transforms.columnar.reading.records import BadFile, CsvForm
from tests.transforms.columnar.reading.helpers import (
    raw_texts,
    read,
    reasons,
    units,
    who,
)
from tests.transforms.columnar.reading.test_read_csv import CSV, _rows

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


@pytest.mark.parametrize("line", [b"sep=;\r\n", b"SEP=;\n", b'"sep=;"\r', b"\xef\xbb\xbfsep=;\n"])
def test_the_line_by_which_excel_is_told_the_delimiter_is_no_header(line: bytes):
    rows = [(0, "1", "a,b"), (1, "2", "c")]
    head, body = b"id;who;x\n", b"1;v;a,b\n2;w;c\n"
    assert [row for unit in units(CSV, line + head + body) for row in _rows(unit)] == rows
    named = CSV._replace(csv=CsvForm(header=("id", "who", "x")))
    assert [row for unit in units(named, line + body) for row in _rows(unit)] == rows
    said = CSV._replace(csv=CsvForm(delimiter=","))  # what the configuration says goes before
    data = line + (head + body.replace(b"a,b", b"a")).replace(b";", b",")
    assert [row for unit in units(said, data) for row in _rows(unit)] == [(0, "1", "a"), rows[1]]


@pytest.mark.parametrize(
    "line", [b"", b"id,who,x\n", b'"id",who,"x"\r\n', b"\xef\xbb\xbfid,who,x\n"]
)
def test_a_first_line_of_the_names_that_the_source_gives_is_no_record(line: bytes):
    named = CSV._replace(csv=CsvForm(header=("id", "who", "x")))
    body = b"1,v,a\nid,who,x\nid,who,y\n"
    expected = [(0, "1", "a"), (1, "id", "x"), (2, "id", "y")]
    assert [row for unit in units(named, line + body) for row in _rows(unit)] == expected
    assert [row for unit in units(named, b"id,who,y\n") for row in _rows(unit)] == [(0, "id", "y")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_its_nul_bytes(encoding: str):
    with pytest.raises(BadFile, match=f"NUL bytes; csv: {{encoding: {encoding}}}"):
        units(CSV, "id,who,x\n1,a,b\n".encode(encoding))
    with pytest.raises(BadFile, match="UTF-16; JSON is UTF-8"):
        units(CSV._replace(format="jsonl"), '{"id": 1}'.encode(encoding))


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
