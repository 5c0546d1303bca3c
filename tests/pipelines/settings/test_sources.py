"""What a source may say of its files and records, and what the readers get of it."""

from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.run.layouts import source_reading
from idweave.transforms.columnar.reading.records import CsvForm, SourceReading
from tests.pipelines.settings.test_settings import GOOD, changed, error, loads


def reading(folder: Path, **keys: Any) -> SourceReading:
    """What the readers get of GOOD's source with more keys."""
    body = changed("sources/web", GOOD["sources"]["web"] | keys)
    settings = loads(folder, body)
    again = loads(folder, settings.resolved())
    assert again.resolved() == settings.resolved()
    assert again.digest() == settings.digest()
    return source_reading("web", settings.sources["web"], settings)


def test_a_source_that_says_little_is_read_as_ever(tmp_path: Path) -> None:
    assert reading(tmp_path) == SourceReading(
        name="web",
        format="",
        record_id=(),
        time_column=None,
        time_unit=None,
        time_constant=None,
        workspace_column=None,
        workspace="default",
        request_column=None,
        request_map=(),
        request_default="identify",
        identities=((0, "customer_id"), (1, "email"), (2, "device_id")),
        attributes=(),
        changes=None,
        type_names=("customer_id", "email", "device_id", "loyalty_id"),
        needs_content=True,
        csv=CsvForm(None, "utf-8", False, ()),
        hashes_missing_ids=False,
        where=(),
        time_format=None,
        time_zone=None,
        unknown_request_is_default=False,
        first_of=(),
    )


def test_the_form_of_csv_reaches_the_readers(tmp_path: Path) -> None:
    form = {"delimiter": ";", "encoding": "Latin-1", "escape": "backslash", "header": ["a", "b"]}
    assert reading(tmp_path, csv=form).csv == CsvForm(";", "iso8859-1", True, ("a", "b"))
    assert reading(tmp_path, csv={"delimiter": "\t"}).csv.delimiter == "\t"
    assert reading(tmp_path, csv={"delimiter": "\\t"}).csv.delimiter == "\t"


@pytest.mark.parametrize(
    ("given", "columns", "hashes"),
    [
        ("event_id", ("event_id",), False),
        (["day", "event_id"], ("day", "event_id"), False),
        ({"column": "event_id"}, ("event_id",), False),
        ({"column": "event_id", "missing": "hash"}, ("event_id",), True),
        ({"column": ["a", "b"], "missing": "quarantine"}, ("a", "b"), False),
        (None, (), False),
    ],
)
def test_a_record_id_is_a_column_or_several(
    tmp_path: Path, given: Any, columns: tuple[str, ...], hashes: bool
) -> None:
    found = reading(tmp_path, record_id=given, duplicates="keep")
    assert (found.record_id, found.hashes_missing_ids) == (columns, hashes)
    assert found.needs_content == (hashes or not columns)


def test_the_first_of_some_columns_stands_beside_columns(tmp_path: Path) -> None:
    identities = {
        "email": ["email", {"first_of": ["work", "home"]}, "old"],
        "device_id": {"first_of": ["idfa", "gaid"]},
        "customer_id": "id",
    }
    found = reading(tmp_path, identities=identities)
    assert found.identities == ((1, "email"), (1, "old"), (0, "id"))
    assert found.first_of == ((1, ("work", "home")), (2, ("idfa", "gaid")))


def test_where_unknown_and_a_time_of_text_reach_the_readers(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        where={"type": ["track", "identify"], "v": 2},
        time={"column": "ts", "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"},
        request={"column": "act", "default": "login", "unknown": "default"},
    )
    assert found.where == (("type", ("track", "identify")), ("v", ("2",)))
    assert (found.time_format, found.time_zone) == ("%d.%m.%Y %H:%M", "Europe/Berlin")
    assert (found.request_default, found.unknown_request_is_default) == ("login", True)


def test_every_column_that_a_source_reads_is_named_with_its_key(tmp_path: Path) -> None:
    source = {
        "path": "in.csv",
        "record_id": ["day", "id"],
        "where": {"type": ["a"]},
        "time": "ts",
        "workspace": {"column": "app"},
        "request": {"column": "act"},
        "identities": {"email": ["email", {"first_of": ["work", "home"]}]},
        "attributes": {"plan": "p"},
        "changes": "ch",
    }
    body = changed("sources/crm", source)
    assert loads(tmp_path, body).sources["crm"].named_columns() == [
        ("record_id", "day"),
        ("record_id", "id"),
        ("where.type", "type"),
        ("time", "ts"),
        ("workspace", "app"),
        ("request", "act"),
        ("identities.email", "email"),
        ("identities.email", "work"),
        ("identities.email", "home"),
        ("attributes.plan", "p"),
        ("changes", "ch"),
    ]


def test_a_digest_is_that_of_the_version_that_lacked_the_keys(tmp_path: Path) -> None:
    settings = loads(tmp_path, GOOD)
    plain = settings._resolved("digest")
    assert "csv" not in plain["sources"]["web"]
    assert plain["sources"]["web"]["record_id"] is None
    body = changed("sources/web/allow_unreadable", True)
    assert loads(tmp_path, body).digest() != settings.digest()


@pytest.mark.parametrize(
    ("key", "given", "said"),
    [
        ("csv", {"delimiter": ";;"}, "csv.delimiter: ;;: no delimiter; allowed: one ASCII char"),
        ("csv", {"delimiter": '"'}, 'csv.delimiter: ": no delimiter; allowed: one ASCII character'),
        ("csv", {"encoding": "utf-9"}, "csv.encoding: utf-9: no encoding; allowed: as utf-8, "),
        ("csv", {"encoding": "base64"}, "csv.encoding: base64: no encoding; allowed: as utf-8, "),
        ("csv", {"escape": "slash"}, "csv.escape: slash: no such value; "),
        ("csv", {"header": ["a", "a"]}, "header names a twice; name each column once"),
        ("record_id", {"missing": "hash"}, "missing without column; set column, too"),
        ("record_id", [], "sources.web.record_id: is empty; name at least one"),
        ("where", {"a": []}, "where.a: is empty; name at least one"),
        ("time", {"column": "t", "zone": "Berlin"}, "time.zone: Berlin: no time zone; allowed: "),
        ("time", {"column": "t", "format": "%Q"}, "time.format: %Q: no format of a time; allowed"),
        (
            "time",
            {"column": "t", "format": "%d.%d"},
            "time.format: %d.%d: says one thing twice; allowed",
        ),
        ("time", {"column": "t", "format": "%Y", "unit": "s"}, "unit and format; a number has no"),
        ("request", {"unknown": "default"}, "unknown without column; set column, too"),
        ("identities", {"email": {"first_of": []}}, "email.first_of: is empty; name at least one"),
    ],
)
def test_a_wrong_key_of_a_source_says_what_is_allowed(
    tmp_path: Path, key: str, given: Any, said: str
) -> None:
    assert said in error(tmp_path, changed(f"sources/web/{key}", given))
