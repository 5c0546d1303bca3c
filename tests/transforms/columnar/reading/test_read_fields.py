"""What a source's keys make of rows: ids, requests, filters, the first of several columns."""

from typing import Any

import pyarrow as pa
import pytest

from idweave.transforms.columnar.codes import FEED, IDENTIFY, LOGIN
from idweave.transforms.columnar.reading.column_type import unreadable_time_type
from idweave.transforms.columnar.reading.records import SourceReading
from tests.transforms.columnar.reading.helpers import SOURCE, csv_of, jsonl, parquet, plain, read

FORMS = ("parquet", "jsonl", "csv")


def read_rows(source: SourceReading, form: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All that is read of the rows, written in a format; CSV has no lists."""
    if form == "csv":
        names = sorted({name for row in rows for name in row})
        data = csv_of(names, [[row.get(name) for name in names] for row in rows])
    else:
        data = jsonl(rows) if form == "jsonl" else parquet(rows)
    records = read(source._replace(format=form), data)
    return plain(records) | {"filtered": records.filtered}


@pytest.mark.parametrize("form", FORMS)
def test_ids_of_several_columns_are_joined_and_none_of_them_may_be_missing(form: str) -> None:
    source = SOURCE._replace(record_id=("order", "line"))
    rows = [
        {"order": 7, "line": "a", "who": "x"},
        {"order": 7, "line": "", "who": "x"},
        {"order": None, "line": "a", "who": "x"},
        {"order": 8, "line": "b|c", "who": "x"},
    ]
    got = read_rows(source, form, rows)
    assert got["record_id"] == ["7|a", "8|b|c"]
    assert got["quarantined"] == [(1, "no_record_id"), (2, "no_record_id")]


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_id_may_be_the_hash_of_the_content(form: str) -> None:
    rows = [
        {"id": "a", "who": "x"},
        {"id": None, "who": "x"},
        {"id": "", "who": "y"},
        {"id": None, "who": "x"},
    ]
    source = SOURCE._replace(hashes_missing_ids=True, needs_content=True)
    ids = read_rows(source, form, rows)["record_id"]
    assert ids[0] == "a"
    assert [len(text) for text in ids[1:]] == [32, 32, 32]
    assert ids[1] == ids[3] != ids[2]
    quarantined = read_rows(SOURCE, form, rows)["quarantined"]
    assert quarantined == [(place, "no_record_id") for place in (1, 2, 3)]


@pytest.mark.parametrize("form", FORMS)
def test_an_unknown_request_may_be_the_default(form: str) -> None:
    source = SOURCE._replace(
        request_column="action",
        request_map=(("sign_in", "login"),),
        request_default="feed",
        unknown_request_is_default=True,
    )
    rows = [{"id": i, "action": action} for i, action in enumerate(ACTIONS)]
    got = read_rows(source, form, rows)
    assert got["request"] == [LOGIN, FEED, FEED, IDENTIFY, FEED]
    assert got["quarantined"] == []
    strict = read_rows(source._replace(unknown_request_is_default=False), form, rows)
    assert strict["request"] == [LOGIN, FEED, IDENTIFY]
    assert strict["quarantined"] == [(1, "unknown_request"), (4, "unknown_request")]


ACTIONS = ["sign_in", "Sign_In", "", "identify", "page"]


@pytest.mark.parametrize("form", FORMS)
def test_where_keeps_records_with_one_of_the_values_in_every_column(form: str) -> None:
    source = SOURCE._replace(
        where=(("type", ("track", "1")), ("live", ("true",))), time_column="ts"
    )
    rows = [
        {"id": "a", "type": "track", "live": "true", "who": "x", "ts": "2026-01-01"},
        {"id": "b", "type": "page", "live": "true", "who": "x", "ts": "no time"},
        {"id": None, "type": None, "live": "true", "who": "x", "ts": None},
        {"id": "d", "type": "track", "live": "false", "who": "x", "ts": None},
        {"id": "e", "type": "1", "live": "true", "who": "z", "ts": "no time"},
        {"id": "f", "type": "1", "live": "true", "who": "z", "ts": None},
    ]
    got = read_rows(source, form, rows)
    assert got["record_id"] == ["a", "f"]
    assert got["position"] == [0, 5]
    assert got["values"] == [(0, 0, "x", False), (0, 1, "z", False)]
    assert got["filtered"] == 3
    assert got["quarantined"] == [(4, "unreadable_time")]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_where_compares_texts_of_any_type_and_items_of_lists(form: str) -> None:
    rows = [
        {"id": "a", "n": 1, "live": True, "tags": ["x", "y"]},
        {"id": "b", "n": 1, "live": False, "tags": ["x"]},
        {"id": "c", "n": 10, "live": True, "tags": []},
    ]
    kept = {"n": "1", "live": "true", "tags": "x"}
    for column, value in kept.items():
        got = read_rows(SOURCE._replace(where=((column, (value,)),)), form, rows)
        right = [row["id"] for row in rows if row[column] in (1, True, ["x", "y"], ["x"])]
        assert got["record_id"] == right
    everything = SOURCE._replace(where=tuple((column, (v,)) for column, v in kept.items()))
    assert read_rows(everything, form, rows)["record_id"] == ["a"]


@pytest.mark.parametrize("form", FORMS)
def test_first_of_takes_the_first_column_that_has_more_than_blanks(form: str) -> None:
    source = SOURCE._replace(
        identities=((0, "who"), (1, "more")), first_of=((1, ("mail", "alt")), (2, ("alt", "mail")))
    )
    rows = [
        {"id": "a", "mail": "m", "alt": "n", "who": "w", "more": None},
        {"id": "b", "mail": " ", "alt": "n", "who": None, "more": "x"},
        {"id": "c", "mail": None, "alt": "null", "who": None, "more": None},
        {"id": "d", "mail": "m", "alt": None, "who": None, "more": None},
        {"id": "e", "mail": None, "alt": "", "who": None, "more": None},
    ]
    got = read_rows(source, form, rows)
    assert got["values"] == [
        (0, 0, "w", False),
        (1, 0, "m", False),
        (1, 1, "x", False),
        (1, 1, "n", False),
        (1, 2, "null", False),  # junk is there, too; it is refused later
        (1, 3, "m", False),
        (2, 0, "n", False),
        (2, 1, "n", False),
        (2, 2, "null", False),
        (2, 3, "m", False),
    ]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_first_of_takes_all_values_of_a_list(form: str) -> None:
    source = SOURCE._replace(identities=(), first_of=((0, ("mails", "alt")),))
    rows = [
        {"id": "a", "mails": ["m", "n", None], "alt": ["x"]},
        {"id": "b", "mails": [" ", None], "alt": ["x", "y"]},
        {"id": "c", "mails": [], "alt": None},
    ]
    got = read_rows(source, form, rows)
    assert got["values"] == [
        (0, 0, "m", False),
        (0, 0, "n", False),
        (0, 1, "x", False),
        (0, 1, "y", False),
    ]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_numbers_are_read_by_a_format_as_their_text(form: str) -> None:
    source = SOURCE._replace(time_column="day", time_format="%Y%m%d", time_zone="Europe/Berlin")
    rows = [{"id": "a", "day": 20260701}, {"id": "b", "day": 20261301}, {"id": "c", "day": None}]
    got = read_rows(source, form, rows)
    assert got["time"] == [1782856800000000, None]
    assert got["quarantined"] == [(1, "unreadable_time")]


def test_a_column_with_several_times_a_record_is_no_time_column() -> None:
    stamp = pa.timestamp("us")
    listed = pa.list_(pa.struct([("ts", stamp)]))
    schema = pa.schema([("at", listed), ("ts", stamp), ("code", pa.dictionary(pa.int8(), stamp))])
    found = {
        column: unreadable_time_type(SOURCE._replace(time_column=column), schema)
        for column in ("at", "at.ts", "ts", "code", "none")
    }
    right = {"at": str(listed), "at.ts": str(listed), "ts": None, "code": None, "none": None}
    assert found == right
