"""The shape of one source: its files, and which columns of a record mean what."""

import codecs
import datetime
import re
import zoneinfo
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WrapValidator, model_validator
from pydantic.functional_serializers import PlainSerializer, WrapSerializer

from idweave.pipelines.settings.kinds import (
    LATER,
    Column,
    Flag,
    Name,
    Part,
    Scalar,
    Some,
    Text,
    Type,
)
from idweave.pipelines.settings.values import (
    column_or_constant,
    columns_or_first_of,
    iso_time,
    microseconds,
    record_id_of,
    request_of,
    time_of,
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

    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = None
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    escape: Literal["none", "backslash"] = "none"
    header: tuple[Column, ...] = ()

    @model_validator(mode="after")
    def _names_columns_once(self) -> Self:
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise ValueError(f"header names {twice[0]} twice; name each column once")
        return self


class RecordId(Part):
    """The column, or columns, of the record's id; none: a hash of the record's content."""

    columns: Annotated[Some, Field(alias="column")] = ()
    missing: Literal["hash", "quarantine"] = "quarantine"

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

    column: Column | None = None
    unit: Literal["s", "ms", "us"] | None = None
    format: Annotated[Annotated[str, AfterValidator(_time_format)] | None, LATER] = None
    zone: Annotated[Annotated[str, AfterValidator(_zone)] | None, LATER] = None
    constant_us: Annotated[
        int | None,
        BeforeValidator(microseconds, json_schema_input_type=str | None),
        PlainSerializer(iso_time, return_type=str | None),
    ] = Field(default=None, alias="constant")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.column is None) == (self.constant_us is None):
            given = "neither column nor constant" if self.column is None else "both"
            raise ValueError(f"names {given}; allowed: column with or without unit, or constant")
        for key in ("unit", "format", "zone"):
            if getattr(self, key) is not None and self.column is None:
                raise ValueError(f"a constant has no {key}; allowed: {key} with column")
        if self.unit is not None and (self.format or self.zone):
            other = "format" if self.format else "zone"
            raise ValueError(f"unit and {other}; a number has no {other}, keep one of them")
        return self


NO_TIME = Time.model_construct()


class Workspace(Part):
    """A constant, or a column."""

    column: Column | None = None
    constant: Column = "default"


class Request(Part):
    """What a record asks for."""

    column: Column | None = None
    map: dict[Text, RequestName] = {}
    default: RequestName = "identify"
    unknown: Annotated[Literal["quarantine", "default"], LATER] = "quarantine"

    @model_validator(mode="after")
    def _maps_a_column(self) -> Self:
        if self.map and self.column is None:
            raise ValueError("map without column; set column, too: the one whose values are mapped")
        if self.unknown == "default" and self.column is None:
            raise ValueError("unknown without column; set column, too")
        return self


class FirstOf(Part):
    """The first of some columns that has a value in a record."""

    first_of: Some


class Source(Part):
    """One source of records."""

    kind: Literal["events", "crm"] = "events"
    path: Some
    format: Literal["parquet", "jsonl", "json", "csv"] | None = None
    csv: Annotated[Csv, LATER] = Csv()
    record_id: Annotated[
        RecordId,
        BeforeValidator(
            record_id_of, json_schema_input_type=Column | list[Column] | RecordId | None
        ),
        PlainSerializer(RecordId.shortest),
    ] = RecordId()
    where: Annotated[dict[Column, Some], LATER] = {}
    time: Annotated[
        Time,
        WrapValidator(
            lambda value, made: NO_TIME if value is None else made(time_of(value)),
            json_schema_input_type=Column | Time | None,
        ),
        WrapSerializer(lambda time, made: None if time == NO_TIME else made(time)),
    ] = NO_TIME
    workspace: Annotated[
        Workspace, BeforeValidator(column_or_constant, json_schema_input_type=Scalar | Workspace)
    ] = Workspace()
    request: Annotated[
        Request, BeforeValidator(request_of, json_schema_input_type=RequestName | Request)
    ] = Request()
    create: Flag = True
    allow_unreadable: Annotated[Flag, LATER] = False
    on_bad_file: Literal["fail", "quarantine"] = "fail"
    duplicates: Literal["drop", "keep"] = "drop"
    identities: dict[
        Type,
        Annotated[
            tuple[Column | FirstOf, ...],
            BeforeValidator(
                columns_or_first_of,
                json_schema_input_type=Column | FirstOf | list[Column | FirstOf],
            ),
            Field(min_length=1),
        ],
    ] = Field(min_length=1)
    attributes: dict[Name, Column] = {}
    changes: Column | None = None

    @model_validator(mode="after")
    def _reads_csv_as_csv(self) -> Self:
        if self.csv != Csv() and self.format not in (None, "csv"):
            raise ValueError(f"csv beside format: {self.format}; keep one of them")
        return self

    def named_columns(self) -> list[tuple[str, str]]:
        """Each key that names a column, with the column."""
        named = [("record_id", column) for column in self.record_id.columns]
        named += [(f"where.{column}", column) for column in self.where]
        of_one = [("time", self.time.column), ("workspace", self.workspace.column)]
        of_one.append(("request", self.request.column))
        named += [(key, column) for key, column in of_one if column is not None]
        for kind, choices in self.identities.items():
            for columns in choices:
                alone = (columns,) if isinstance(columns, str) else columns.first_of
                named += [(f"identities.{kind}", column) for column in alone]
        named += [(f"attributes.{name}", column) for name, column in self.attributes.items()]
        return [*named, ("changes", self.changes)] if self.changes is not None else named
