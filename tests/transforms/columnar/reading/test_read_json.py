"""JSON lines that are well meant, broken or hostile."""

import io
import json
from typing import Any, BinaryIO, cast

import pytest

from idweave.transforms.columnar.reading.read_records import Limits, read_split
from idweave.transforms.columnar.reading.records import BadFile
from tests.transforms.columnar.reading.helpers import (
    SOURCE,
    jsonl,
    packed,
    plain,
    raw_texts,
    read,
    reasons,
    units,
    who,
)

GOOD = b'{"id":"g","who":"w"}'
LIMIT = 16 * 2**20


def _only_reason(line: bytes) -> str | None:
    """Why a line between two good ones is refused; the good ones are always read."""
    got = read(SOURCE, b"\n".join([GOOD, line, GOOD]))
    if not reasons(got):
        assert got.position.tolist() == [0, 1, 2]
        return None
    assert got.position.tolist() == [0, 2]
    ((position, reason),) = reasons(got)
    assert position == 1
    return reason


def _nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    inner = opening * (levels - 1) + "1" + closing * (levels - 1)
    return f'{{"id":"x","who":{inner}}}'.encode()


LINES: dict[str, tuple[bytes, str | None]] = {
    "bytes that are not UTF-8": (b'{"id":"\xff"}', "not_utf8"),
    "UTF-16": ('{"id":"x"}'.encode("utf-16"), "not_utf8"),
    "an overlong form": (b'{"id":"\xc0\x80"}', "not_utf8"),
    "half a surrogate pair": (b'{"id":"x","who":"\\ud83d"}', "not_utf8"),
    "a whole surrogate pair": (b'{"id":"x","who":"\\ud83d\\ude00"}', None),
    "words": (b"hello", "not_json"),
    "two objects": (b'{"id":"x"}{"id":"y"}', "not_json"),
    "two objects and a comma": (b'{"id":"x"},{"id":"y"}', "not_json"),
    "half an object": (b'{"id":"x"', "not_json"),
    "a raw control character": (b'{"id":"\x01"}', "not_json"),
    "single quotes": (b"{'id':'x'}", "not_json"),
    "a byte order mark in the middle": (b'\xef\xbb\xbf{"id":"x"}', "not_json"),
    "a list": (b'[{"id":"x"}]', "not_an_object"),
    "a number": (b"1", "not_an_object"),
    "a text": (b'"x"', "not_an_object"),
    "null": (b"null", "not_an_object"),
    "100 levels": (_nested(100), None),
    "101 levels": (_nested(101), "too_deep"),
    "a million levels": (b"[" * 1_000_000, "too_deep"),
    "a million objects": (b'{"a":' * 1_000_000, "too_deep"),
    "brackets in a text": (json.dumps({"id": "x", "who": '["' * 1000}).encode(), None),
    "many flat lists": (json.dumps({"id": "x", "a": [[]] * 1000}).encode(), None),
    "quotes without end": (b'{"id":"' + b'\\"[' * 200_000, "not_json"),
    "a number of 10,000 digits": (b'{"id":"x","who":' + b"9" * 10_000 + b"}", None),
    "no id": (b'{"who":"w"}', "no_record_id"),
    "a null id": (b'{"id":null}', "no_record_id"),
    "an empty id": (b'{"id":""}', "no_record_id"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_bad_line_goes_to_the_quarantine_and_the_others_are_read(name: str):
    line, reason = LINES[name]
    assert _only_reason(line) == reason


def test_positions_count_blank_lines_and_line_ends_may_be_crlf():
    data = b"\xef\xbb\xbf" + b'{"id":1}\r\n\r\n  \n{"id":2}\nx\n\n{"id":true}'
    got = read(SOURCE, data)
    assert got.position.tolist() == [0, 3, 6]
    assert got.record_id.to_pylist() == ["1", "2", "true"]
    assert reasons(got) == [(4, "not_json")]


def test_the_last_of_two_equal_keys_counts():
    assert who(read(SOURCE, b'{"id":1,"who":"a","who":"b"}')) == [(0, "b", False)]


VALUES: list[tuple[str, list[tuple[str, bool]]]] = [
    ('"a"', [("a", False)]),
    ('""', [("", False)]),
    ("null", []),
    ("1", [("1", False)]),
    ("-0", [("0", False)]),
    (str(2**80), [(str(2**80), False)]),
    ("9" * 5000, [("9" * 5000, False)]),
    ("1.0", [("1", False)]),
    ("1e3", [("1000", False)]),
    ("9007199254740991.0", [("9007199254740991", False)]),
    ("9007199254740992.0", [("9007199254740992.0", True)]),
    ("1.5", [("1.5", True)]),
    ("1e400", []),
    ("true", [("true", True)]),
    ("false", [("false", True)]),
    ('{"b":1,"a":[ 2 ]}', [('{"a":[2],"b":1}', True)]),
    ("[]", []),
    ('["a",null,["b",[2]],true]', [("a", False), ("b", False), ("2", False), ("true", True)]),
]


@pytest.mark.parametrize(("written", "expected"), VALUES)
def test_values_are_exact_texts_and_some_are_of_a_wrong_type(
    written: str, expected: list[tuple[str, bool]]
):
    for others in ("", '\n{"id":1,"who":2.5}', '\n{"id":1,"who":"text"}\n{"id":1,"who":null}'):
        got = who(read(SOURCE, f'{{"id":1,"who":{written}}}{others}'.encode()))
        assert [(text, wrong) for row, text, wrong in got if row == 0] == expected


def test_dotted_columns_go_into_objects_and_lists_but_a_key_of_that_name_comes_first():
    source = SOURCE._replace(identities=((0, "user.id"),), attributes=(("id", "user.id"),))
    rows: list[dict[str, Any]] = [
        {"id": 0, "user": {"id": "a"}},
        {"id": 1, "user.id": "b", "user": {"id": "c"}},
        {"id": 2, "user": [{"id": "d"}, {"id": ["e", "f"]}, {"no": 1}, None, 7]},
        {"id": 3, "user": "text"},
        {"id": 4, "user": {"id": None}},
        {"id": 5},
    ]
    got = read(source, jsonl(rows))
    expected = [(0, "a"), (1, "b"), (2, "d"), (2, "e"), (2, "f")]
    assert [(row, text) for row, text, _ in who(got)] == expected
    in_list = '["d",["e","f"],null,null,null]'
    assert plain(got)["attributes"]["id"] == ["a", "b", in_list, None, None, None]


def test_a_unit_ends_at_its_rows_or_bytes_and_blank_lines_count():
    data = jsonl([{"id": f"{i:02d}"} for i in range(7)]).replace(b"\n", b"\n\n", 1)
    by_rows = [unit.position.tolist() for unit in units(SOURCE, data, rows=3)]
    assert by_rows == [[0, 2], [3, 4, 5], [6, 7]]
    by_bytes = [unit.position.tolist() for unit in units(SOURCE, data, size=30)]
    assert by_bytes == [[0, 2], [3, 4], [5, 6], [7]]
    assert units(SOURCE, b"") == []


class _Long(io.RawIOBase):
    """A file with one line of 50 MB between two good ones, made as it is read."""

    def __init__(self) -> None:
        self.parts = iter([GOOD + b"\n", b'{"id":"', *[b"x" * 2**20] * 50, b'"}\n', GOOD])

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return next(self.parts, b"")


def test_a_line_of_50_mb_is_refused_and_the_next_one_is_read():
    pieces = read_split(
        SOURCE, "x.jsonl", lambda: cast(BinaryIO, _Long()), None, Limits(2**27, 10), {}
    )
    (got,) = pieces
    assert got.position.tolist() == [0, 2]
    assert reasons(got) == [(1, "line_too_long")]
    assert raw_texts(got) == ['{"id":"' + "x" * 4089]


def test_a_line_is_too_long_from_its_first_byte_above_16_mib():
    line = b'{"id":"' + b"x" * (LIMIT - 9) + b'"}'
    assert _only_reason(line) is None
    assert _only_reason(line + b" ") == "line_too_long"


RAW = [
    (b"x" * 5000, "x" * 4096),
    (b"x" * 4095 + "é".encode() + b"y", "x" * 4095),
    (b"x" * 4094 + "é".encode() + b"y", "x" * 4094 + "é"),
    (b"a\xffb", "a\\xffb"),
    (b"\xff" * 5000, "\\xff" * 1024),
    (b"ends in \xc3", "ends in \\xc3"),
    (b"nul \x00", "nul \x00"),
]


@pytest.mark.parametrize(("line", "text"), RAW)
def test_the_raw_text_is_cut_at_a_code_point_and_escaped(line: bytes, text: str):
    assert raw_texts(read(SOURCE, line)) == [text]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_truncated_or_damaged_archive_is_a_bad_file_after_what_could_be_read(suffix: str):
    rows = [{"id": str(i), "pad": "x" * 1000} for i in range(6_000)]
    data = packed(jsonl(rows), suffix)
    path = f"x.jsonl{suffix}"
    pieces = read_split(SOURCE, path, lambda: io.BytesIO(data[:-20]), None, Limits(2**27, 999), {})
    seen: list[int] = []
    with pytest.raises(BadFile, match="truncated or damaged"):
        seen.extend(len(unit.position) for unit in pieces)
    assert seen == [999] * 4
    for broken in (b"", b"\x1f\x8b garbage\0of some length"):
        with pytest.raises(BadFile):
            units(SOURCE, broken, suffix=suffix)
