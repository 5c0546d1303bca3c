"""The configuration's shape: one class for each part, strict, frozen, with its defaults."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, WrapValidator, model_validator
from pydantic.functional_serializers import PlainSerializer, WrapSerializer
from pydantic.json_schema import SkipJsonSchema

from idweave.pipelines.settings.kinds import (
    Column,
    Count,
    Name,
    Part,
    Scalar,
    Size,
    Some,
    Text,
    Texts,
    Type,
)
from idweave.pipelines.settings.values import (
    as_texts,
    column_or_constant,
    iso_time,
    microseconds,
    platform_attributes,
    request_of,
    time_of,
    whole,
)
from idweave.transforms.columnar.policies.rules import Rules

Step = Annotated[str, Field(pattern=r"^(trim|lower|upper|nfc|digits|gmail|e164:[A-Z]{2})$")]
Steps = Annotated[
    tuple[str, ...], BeforeValidator(as_texts, json_schema_input_type=Step | list[Step])
]  # what is wrong with one is said where regions are known
RequestName = Literal["identify", "login", "logout", "search", "modify", "feed"]
Table = Literal[
    "assignments", "identities", "profiles", "linkages", "drops", "observations", "platforms"
]
Normaliser = Literal[
    "google", "meta", "pinterest", "amazon", "snap", "criteo", "tiktok", "linkedin", "uid2"
]
Encoding = Literal["raw", "md5", "sha1", "sha256", "md5_base64", "sha1_base64", "sha256_base64"]
ALL_TABLES: tuple[Table, ...] = get_args(Table)


class Time(Part):
    """Where a record's time comes from: a column, or the same for all."""

    column: Column | None = None
    unit: Literal["s", "ms", "us"] | None = None
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
        if self.unit is not None and self.column is None:
            raise ValueError("a constant has no unit; allowed: unit with column")
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

    @model_validator(mode="after")
    def _maps_a_column(self) -> Self:
        if self.map and self.column is None:
            raise ValueError("map without column; set column, too: the one whose values are mapped")
        return self


class Source(Part):
    """One source of records."""

    kind: Literal["events", "crm"] = "events"
    path: Some
    format: Literal["parquet", "jsonl", "csv"] | None = None
    record_id: Column | None = None
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
    create: bool = True
    on_bad_file: Literal["fail", "quarantine"] = "fail"
    duplicates: Literal["drop", "keep"] = "drop"
    identities: dict[Type, Some] = Field(min_length=1)
    attributes: dict[Name, Column] = {}
    changes: Column | None = None

    def named_columns(self) -> list[tuple[str, str]]:
        """Each key that names a column, with the column."""
        named = [("record_id", self.record_id), ("time", self.time.column)]
        named += [("workspace", self.workspace.column), ("request", self.request.column)]
        for kind, columns in self.identities.items():
            named += [(f"identities.{kind}", column) for column in columns]
        named += [(f"attributes.{name}", column) for name, column in self.attributes.items()]
        named.append(("changes", self.changes))
        return [(key, column) for key, column in named if column is not None]


class IdentityType(Part):
    """How values of one identity type are normalised and tested."""

    normalise: Steps = ()
    blocked: Texts = ()
    blocked_defaults: bool = True
    pattern: str | None = None
    max_length: Count = 256
    hashed: bool = False
    direct: bool = False


class Hub(Part):
    """Identities of a type that link nothing once they link too many of another."""

    type: str
    linked_type: str
    more_than: Count


class Common(Part):
    """What strategies of all policies have."""

    policy: Literal["merge_all", "constrained_merge", "idsync", "demote_weakest", "no_guess"]
    link_on: Annotated[Texts, Field(min_length=1)] = ()
    scopes: Annotated[dict[Name, Some], Field(min_length=1)] | None = None
    hubs: tuple[Hub, ...] = ()


class Strategy(Common):
    """One strategy; `rules` is what its own keys say."""

    rules: SkipJsonSchema[Rules] = Field(exclude=True)
    keys: SkipJsonSchema[dict[str, Any]] = {}


class PlatformIdentity(Part):
    """How one identity type is written for a platform."""

    as_: Name | None = Field(default=None, alias="as")
    normalise: Normaliser | None = None
    encoding: Encoding | None = None
    region: str | None = None
    pick: Literal["latest", "first", "all"] = "latest"


class PlatformAttribute(Part):
    """An attribute that a platform gets; `normalise`: it is a person's name."""

    name: Name
    normalise: bool = False


class Platform(Part):
    """What one platform gets of a strategy's profiles."""

    strategy: str
    identities: dict[Type, PlatformIdentity] = Field(min_length=1)
    require: Texts | None = None
    attributes: Annotated[
        tuple[PlatformAttribute, ...],
        BeforeValidator(
            platform_attributes,
            json_schema_input_type=str | list[str | PlatformAttribute | dict[str, Any]],
        ),
    ] = ()


class Checks(Part):
    """Limits on a run; a broken one means that nothing is published."""

    max_quarantined_share: float | None = Field(default=None, ge=0, le=1)
    max_profile_identities: Count | None = None
    min_records: int | None = Field(default=None, ge=0, le=2**62)


class Inputs(Part):
    """What is read: checked before the rest, which refers to it."""

    version: Annotated[Literal[1], BeforeValidator(whole)]
    scopes: Annotated[dict[Name, Some], Field(min_length=1)] | None = None
    sources: dict[Name, Source] = Field(min_length=1)
    identities: dict[Type, IdentityType] = Field(min_length=1)


class Settings(Inputs):
    """The whole configuration."""

    strategies: dict[Name, Strategy] = Field(min_length=1)
    platforms: dict[Name, Platform] = {}
    tables: Annotated[tuple[Table, ...], Field(min_length=1)] = ALL_TABLES
    shards: Annotated[int, Field(ge=1, le=10_000)] = 8
    split_bytes: Size = 128 * 2**20
    split_rows: Count = 500_000
    input_digest: Literal["metadata", "content"] = "metadata"
    max_identities_per_record: Count = 100
    solve_limit: Count = 100_000_000
    component_bytes: Size = 4 * 2**30
    checks: Checks = Checks()

    def resolved(self) -> dict[str, Any]:
        """The configuration with presets and defaults filled in, as plain values; null: unset."""
        body: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        for strategy in body["strategies"].values():
            strategy |= strategy.pop("keys")
        return body

    def digest(self) -> str:
        """SHA-256 of the resolved configuration."""
        import hashlib
        import json

        text = json.dumps(self.resolved(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
