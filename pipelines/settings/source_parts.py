"""The shape of the parts of a source: how CSV is written, record ids, times, requests."""

import codecs
import datetime
import re
import zoneinfo
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic.functional_serializers import PlainSerializer

from idweave.pipelines.settings.kinds import (
    LATER,
    Column,
    Part,
    Some,
    Text,
    Texts,
    key,
)
from idweave.pipelines.settings.values import (
    iso_time,
    microseconds,
)

RequestName = Literal["identify", "login", "logout", "search", "modify", "feed"]


def _delimiter(text: str) -> str:
    text = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1 or not text.isascii() or text.isalnum() or text in '"\\\r\n\0':
        raise ValueError("no delimiter; allowed: one ASCII character, as ';', '|' or '\\t'")
    return text


def _encoding(name: str) -> str:
    try:
        "a".encode(name)  # what is no encoding of text is a LookupError, too
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise ValueError("no encoding; allowed: as utf-8, latin-1, windows-1252") from None


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no time zone; allowed: IANA names, as Europe/Berlin") from None
    return name


def _time_format(text: str) -> str:
    try:
        datetime.datetime.strptime("", text)
    except ValueError as error:
        if "does not match" not in str(error):
            raise ValueError("no format of a time; allowed: as '%d.%m.%Y %H:%M'") from None
    except re.error:
        raise ValueError("says one thing twice; allowed: as '%d.%m.%Y %H:%M'") from None
    if "%" not in text:
        raise ValueError("no format of a time; allowed: as '%d.%m.%Y %H:%M'")
    return text


class Csv(Part):
    """How a source's CSV files are written."""

    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = key(
        "character between fields; default: a comma, in `.tsv` a tab", ";", None
    )
    encoding: Annotated[str, AfterValidator(_encoding)] = key(
        "of the text, a name that Python knows", "latin-1", "utf-8"
    )
    escape: Literal["none", "backslash"] = key(
        "backslash: it takes the next character as it is, in quotes and outside; none: only "
        "doubled quotes do",
        "backslash",
        "none",
    )
    header: Texts = key(
        "names of the columns, in files that have none in their first line; a first line of just "
        "these is no record",
        ["id", "email"],
        (),
    )

    @model_validator(mode="after")
    def _names_columns_once(self) -> Self:
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise ValueError(f"header names {twice[0]} twice; name each column once")
        return self


class RecordId(Part):
    """The column, or columns, of the record's id; none: a hash of the record's content."""

    columns: Some = key(
        "column, or list of columns whose values are joined with `|`",
        "event_id",
        (),
        alias="column",
    )
    missing: Literal["hash", "quarantine"] = key(
        "what becomes of a record without it; hash: its content makes its id", "hash", "quarantine"
    )

    @model_validator(mode="after")
    def _misses_a_column(self) -> Self:
        if self.missing == "hash" and not self.columns:
            raise ValueError("missing without column; set column, too, or leave record_id out")
        return self

    def may_be_hash(self) -> bool:
        """Whether a record's content may become its id."""
        return not self.columns or self.missing == "hash"

    def shortest(self) -> Any:
        """As one writes it."""
        if self.missing != "quarantine":
            return {"column": list(self.columns), "missing": self.missing}
        return list(self.columns) if len(self.columns) > 1 else next(iter(self.columns), None)


class Time(Part):
    """Where a record's time comes from: a column, or the same for all."""

    column: Column | None = key(
        "column of timestamps, ISO 8601 texts (without a zone: UTC) or, with unit, numbers",
        "ts",
        None,
    )
    unit: Literal["s", "ms", "us"] | None = key("of numbers since 1970", "ms", None)
    format: Annotated[Annotated[str, AfterValidator(_time_format)] | None, LATER] = key(
        "of texts that are not ISO 8601, with the letters of strptime", "%d.%m.%Y %H:%M", None
    )
    zone: Annotated[Annotated[str, AfterValidator(_zone)] | None, LATER] = key(
        "of texts that say none, an IANA name", "Europe/Berlin", None
    )
    constant_us: Annotated[
        int | None,
        BeforeValidator(microseconds, json_schema_input_type=str | None),
        PlainSerializer(iso_time, return_type=str | None),
    ] = key("one time for all records", "2026-01-01", None, alias="constant")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.column is None) == (self.constant_us is None):
            given = "neither column nor constant" if self.column is None else "both"
            raise ValueError(f"names {given}; allowed: column with or without unit, or constant")
        for name in ("unit", "format", "zone"):
            if getattr(self, name) is not None and self.column is None:
                raise ValueError(f"a constant has no {name}; allowed: {name} with column")
        if self.unit is not None and (self.format or self.zone):
            other = "format" if self.format else "zone"
            raise ValueError(f"unit and {other}; a number has no {other}, keep one of them")
        return self


NO_TIME = Time.model_construct()


class Workspace(Part):
    """A constant, or a column."""

    column: Column | None = key(
        "column of the workspace; where it is null: default", "app_id", None
    )
    constant: Column = key("the workspace of all records", "web", "default")


class Request(Part):
    """What a record asks for."""

    column: Column | None = key("column of what is asked for", "action", None)
    map: dict[Text, RequestName] = key(
        "the column's value: the request that it means; a request's own name means itself",
        {"sign_in": "login"},
        {},
    )
    default: RequestName = key(
        "where the column is null or empty, or there is none; of a CRM source feed",
        "login",
        "identify",
    )
    unknown: Annotated[Literal["quarantine", "default"], LATER] = key(
        "what becomes of a record whose value is no request; default: it is taken for the default",
        "default",
        "quarantine",
    )

    @model_validator(mode="after")
    def _maps_a_column(self) -> Self:
        if self.map and self.column is None:
            raise ValueError("map without column; set column, too: the one whose values are mapped")
        if self.unknown == "default" and self.column is None:
            raise ValueError("unknown without column; set column, too")
        return self


class FirstOf(Part):
    """The first of some columns that has a value in a record."""

    first_of: Some = key(
        "columns; the first with a value in a record counts, the others don't",
        ["email", "alt_email"],
    )
