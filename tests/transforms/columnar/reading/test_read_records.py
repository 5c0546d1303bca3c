"""The same records from every format."""

import datetime as dt
import hashlib
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.codes import FEED, IDENTIFY, LOGIN, MODIFY
from idweave.transforms.columnar.reading.read_records import (
    columns_of,
    missing_columns,
    peek_columns,
)
from idweave.transforms.columnar.reading.records import SourceReading
from tests.transforms.columnar.arrays.test_siphash import siphash128
from tests.transforms.columnar.reading.helpers import (
    SOURCE,
    csv_of,
    jsonl,
    packed,
    parquet,
    plain,
    raw_texts,
    read,
    reasons,
    units,
)

FULL = SOURCE._replace(
    time_column="ts",
    workspace_column="app",
    request_column="action",
    request_map=(("sign_in", "login"),),
    identities=((0, "uid"), (1, "email"), (1, "alt"), (2, "dev")),
    attributes=(("plan", "plan"), ("uid", "uid")),
    changes="changes",
    needs_content=True,
)
COLUMNS = ["id", "ts", "app", "action", "uid", "email", "alt", "dev", "plan", "changes"]
NEW_YEAR = 1_767_225_600_000_000


def _row(*values: Any) -> dict[str, Any]:
    return dict(zip(COLUMNS, values, strict=True))


ROWS = [
    _row("a", "2026-01-01", "w1", "sign_in", 2**60 + 1, "a@b", "x@y", "d1", "gold", None),
    _row("b", "junk", None, None, None, None, "x", None, None, None),
    _row("c", None, "w2", "modify", 5, "e", None, None, "p", '[{"type":"email","new":"é"}]'),
    _row(None, None, "w2", "identify", 5, "e", None, "d", "p", None),
    _row("d", None, None, "dance", None, None, None, None, None, None),
    _row("e", None, "w1", "modify", None, "f", None, None, None, '[{"type":7}]'),
    _row("f", "2026-01-01T01:00+01:00", "w1", None, 0, "f", "f", None, None, "not looked at"),
]


def _as(form: str, rows: list[dict[str, Any]]) -> bytes:
    if form == "csv":
        return csv_of(COLUMNS, [list(row.values()) for row in rows])
    return jsonl(rows) if form == "jsonl" else parquet(rows)


FORMS = ("parquet", "jsonl", "csv")


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("form", FORMS)
def test_every_format_and_compression_gives_the_same_records(form: str, suffix: str):
    got = plain(read(FULL._replace(format=form), packed(_as(form, ROWS), suffix), suffix=suffix))
    content = got.pop("content")
    assert len({tuple(words) for words in content}) == 3
    assert got == {
        "position": [0, 2, 6],
        "record_id": ["a", "c", "f"],
        "time": [NEW_YEAR, None, NEW_YEAR],
        "workspace": ["w1", "w2", "w1"],
        "request": [LOGIN, MODIFY, IDENTIFY],
        "values": [
            (0, 0, "1152921504606846977", False),
            (0, 1, "5", False),
            (0, 2, "0", False),
            (1, 0, "a@b", False),
            (1, 0, "x@y", False),
            (1, 1, "e", False),
            (1, 2, "f", False),
            (1, 2, "f", False),
            (2, 0, "d1", False),
        ],
        "attributes": {
            "plan": ["gold", "p", None],
            "uid": ["1152921504606846977", "5", "0"],
        },
        "changes": [[1], [1], ["email"], [None], ["é"]],
        "quarantined": [
            (1, "unreadable_time"),
            (3, "no_record_id"),
            (4, "unknown_request"),
            (5, "unreadable_changes"),
        ],
    }


def test_the_content_is_the_same_in_every_format_and_any_batch():
    of_form = {f: plain(read(FULL._replace(format=f), _as(f, ROWS)))["content"] for f in FORMS}
    assert of_form["jsonl"] == of_form["parquet"] == of_form["csv"]
    pieces = [plain(unit)["content"] for unit in units(FULL, _as("jsonl", ROWS), rows=1)]
    assert [words for piece in pieces for words in piece] == of_form["jsonl"]


def test_without_a_record_id_the_content_is_the_id():
    source = SOURCE._replace(record_id=(), needs_content=True)
    rows = [{"who": "a"}, {"who": "b"}, {"who": "a"}, {"who": None}, {"who": ""}]
    of_form = [
        plain(read(source._replace(format=form), data))["record_id"]
        for form, data in (("jsonl", jsonl(rows)), ("parquet", parquet(rows)))
    ]
    assert of_form[0] == of_form[1]
    first, second, again, null, empty = of_form[0]
    assert first == again
    assert len({first, second, null, empty}) == 4
    digest = hashlib.blake2b(b"who", digest_size=16, person=b"idweave content").digest()
    key = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
    assert first == "{:016x}{:016x}".format(*siphash128(b"a", key))


def test_content_tells_columns_apart():
    source = SOURCE._replace(needs_content=True, identities=((0, "a"), (1, "b")))
    rows = [{"id": "i", "a": "x"}, {"id": "i", "b": "x"}, {"id": "i", "a": ["x"]}]
    content = plain(read(source, jsonl(rows)))["content"]
    assert content[0] == content[2] != content[1]


VALUES = st.one_of(st.none(), st.text(max_size=5), st.integers(-(2**63), 2**63 - 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=8))
def test_any_table_of_text_is_read_alike_from_every_format(table: list[tuple[Any, ...]]):
    # CSV can't tell empty from null; a lone CR, LF or quote is for the writer to quote.
    names = ["id", "who", "x"]
    source = SOURCE._replace(attributes=(("x", "x"),), needs_content=True)
    rows = [[None if cell in (None, "") else str(cell) for cell in row] for row in table]
    dicts = [dict(zip(names, row, strict=True)) for row in rows]
    schema = pa.schema([(name, pa.string()) for name in names])
    as_table = pa.Table.from_pylist(dicts, schema=schema)
    expected = plain(read(source._replace(format="parquet"), parquet(as_table)))
    assert plain(read(source, jsonl(dicts))) == expected
    assert plain(read(source._replace(format="csv"), csv_of(names, rows))) == expected


@pytest.mark.parametrize("form", FORMS)
def test_integers_are_exact_and_every_scalar_becomes_a_record_id(form: str):
    big = [2**53 + 1, -(2**63), 2**63 - 1]
    rows = [{"id": value, "who": value} for value in big]
    data = csv_of(["id", "who"], [[v, v] for v in big]) if form == "csv" else _as(form, rows)
    got = plain(read(SOURCE._replace(format=form), data))
    assert got["record_id"] == [str(value) for value in big]
    assert got["values"] == [(0, i, str(value), False) for i, value in enumerate(big)]


@pytest.mark.parametrize("form", FORMS)
def test_folders_give_the_columns_that_a_file_lacks(form: str):
    source = SOURCE._replace(format=form, workspace_column="app", attributes=(("day", "day"),))
    rows = [{"id": "a", "who": "x", "day": "from the file"}]
    data = csv_of(list(rows[0]), [list(row.values()) for row in rows])
    data = data if form == "csv" else _as(form, rows)
    got = plain(read(source, data, partitions={"app": "shop", "day": "2026", "other": "1"}))
    assert got["workspace"] == ["shop"]
    assert got["attributes"] == {"day": ["from the file"]}
    hive = plain(read(source, data, partitions={"app": "__HIVE_DEFAULT_PARTITION__"}))
    assert hive["workspace"] == [None]


@pytest.mark.parametrize("form", FORMS)
def test_columns_that_a_file_lacks_are_null(form: str):
    data = b"id\na\n" if form == "csv" else _as(form, [{"id": "a"}])
    source = FULL._replace(format=form, needs_content=False)
    got = plain(read(source, data))
    assert (got["time"], got["workspace"], got["values"]) == ([None], [None], [])
    assert got["attributes"] == {"plan": [None], "uid": [None]}
    assert got["request"] == [IDENTIFY]


def test_constants_and_defaults_apply_to_all_records():
    source = SOURCE._replace(time_constant=7, request_default="feed", request_column="action")
    rows = [{"id": "a", "action": ""}, {"id": "b"}, {"id": "c", "action": "login"}]
    got = plain(read(source, jsonl(rows)))
    assert got["time"] == [7, 7, 7]
    assert got["request"] == [FEED, FEED, LOGIN]
    assert got["workspace"] is None
    wrong_case = read(source, jsonl([{"id": "a", "action": "Login"}]))
    assert reasons(wrong_case) == [(0, "unknown_request")]


def test_an_empty_workspace_is_null():
    source = SOURCE._replace(workspace_column="app")
    rows = [{"id": i, "app": app} for i, app in enumerate(["", "w", None])]
    assert plain(read(source, jsonl(rows)))["workspace"] == [None, "w", None]


def test_the_raw_text_of_a_parquet_row_is_the_json_of_the_columns_read():
    day = dt.datetime(2026, 1, 1)
    rows = [{"id": None, "who": {"a": [1, None], "t": day}, "ts": "junk", "unread": "é" * 9000}]
    source = SOURCE._replace(format="parquet", time_column="ts")
    (text,) = raw_texts(read(source, parquet(rows)))
    who = {"a": [1, None], "t": "2026-01-01T00:00:00Z"}
    assert json.loads(text) == {"id": None, "ts": "junk", "who": who}


def test_columns_of_a_source_are_named_and_missed():
    source: SourceReading = FULL._replace(identities=((0, "user.id"), (1, "emails.value")))
    assert columns_of(source) == (
        *("action", "app", "changes", "emails.value", "id", "plan", "ts", "uid", "user.id"),
    )
    user = pa.struct([("name", pa.string())])
    emails = pa.list_(pa.struct([("value", pa.string())]))
    schema = pa.schema([("user", user), ("emails", emails), ("id", pa.string())])
    expected = ["action", "changes", "plan", "ts", "uid", "user.id"]
    assert missing_columns(source, schema, {"app": "x"}) == expected


def test_the_columns_of_csv_are_known_before_it_is_read():
    header = b'\xef\xbb\xbfid,"a ""b""",\r\n1,2,3\r\n'
    source = SOURCE._replace(format="csv")
    assert peek_columns(source, "x.csv", lambda: io.BytesIO(header)) == ("id", 'a "b"', "")
    assert peek_columns(SOURCE, "x.jsonl", lambda: io.BytesIO(b"{}")) is None
