"""The shape of one source: its files, and which columns of a record mean what."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WrapValidator, model_validator
from pydantic.functional_serializers import PlainSerializer, WrapSerializer

from idweave.pipelines.settings.kinds import (
    LATER,
    Column,
    Flag,
    Name,
    Part,
    Scalar,
    Some,
    Type,
    key,
)
from idweave.pipelines.settings.source_parts import (
    NO_TIME,
    Csv,
    FirstOf,
    RecordId,
    Request,
    RequestName,
    Time,
    Workspace,
)
from idweave.pipelines.settings.values import (
    column_or_constant,
    columns_or_first_of,
    record_id_of,
    request_of,
    time_of,
)


class Source(Part):
    """One source of records."""

    kind: Literal["events", "crm"] = key(
        "crm: records are feeds unless `request` says otherwise", "crm", "events"
    )
    path: Some = key(
        "a file, a folder, a glob, or a list of them; relative to the configuration's folder",
        "events/*.parquet",
    )
    format: Literal["parquet", "jsonl", "json", "csv"] | None = key(
        "of every file; default: each by its suffix. json: objects one after the other or in "
        "one array",
        "csv",
        None,
    )
    csv: Annotated[Csv, LATER] = key(
        "how its CSV files are written", {"delimiter": ";", "encoding": "latin-1"}, Csv()
    )
    record_id: Annotated[
        RecordId,
        BeforeValidator(
            record_id_of, json_schema_input_type=Column | list[Column] | RecordId | None
        ),
        PlainSerializer(RecordId.shortest),
    ] = key(
        "column of the record's id, unique in the source, or list of columns, or {column, "
        "missing}; absent: a hash of the record's content",
        "event_id",
        RecordId(),
    )
    where: Annotated[dict[Column, Some], LATER] = key(
        "column: texts; only records with one of them are read, the others are counted as filtered",
        {"type": ["track", "identify"]},
        {},
    )
    time: Annotated[
        Time,
        WrapValidator(
            lambda value, made: NO_TIME if value is None else made(time_of(value)),
            json_schema_input_type=Column | Time | None,
        ),
        WrapSerializer(lambda time, made: None if time == NO_TIME else made(time)),
    ] = key(
        "column of the event's time, or {column, unit, format, zone}, or {constant}; absent: "
        "before all timed records",
        {"column": "ts", "unit": "ms"},
        NO_TIME,
    )
    workspace: Annotated[
        Workspace, BeforeValidator(column_or_constant, json_schema_input_type=Scalar | Workspace)
    ] = key(
        "a constant, or {column}: which scope a record belongs to",
        {"column": "app_id"},
        Workspace(),
    )
    request: Annotated[
        Request, BeforeValidator(request_of, json_schema_input_type=RequestName | Request)
    ] = key(
        "what a record asks for: a constant, or {column, map, default, unknown}",
        {"column": "action", "map": {"sign_in": "login"}},
        Request(),
    )
    create: Flag = key("false: records of this source never create a profile", False, True)
    allow_unreadable: Annotated[Flag, LATER] = key(
        "true: the run goes on though none of the source's records can be read", True, False
    )
    on_bad_file: Literal["fail", "quarantine"] = key(
        "what a file that can't be opened does; quarantine: it becomes one row, its records are "
        "not counted",
        "quarantine",
        "fail",
    )
    duplicates: Literal["drop", "keep"] = key(
        "drop: a record id seen twice counts once; keep: ids are trusted, no check", "keep", "drop"
    )
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
    ] = key(
        "identity type: column, {first_of: columns}, or list of both, each of which gives "
        "identities",
        {"customer_id": "user.id", "email": ["email", "alt_email"]},
        min_length=1,
    )
    attributes: dict[Name, Column] = key("profile attribute: column", {"first_name": "fname"}, {})
    changes: Column | None = key(
        "column of modify requests, list<struct<type, old, new>>; in CSV the same as JSON text",
        "changes",
        None,
    )

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
