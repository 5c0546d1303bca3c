"""The configuration's shape: one class for each part, strict, frozen, with its defaults."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, SkipValidation
from pydantic.json_schema import SkipJsonSchema

from idweave.pipelines.settings.kinds import (
    LATER,
    Count,
    Flag,
    Name,
    Part,
    Size,
    Some,
    Texts,
    Type,
)
from idweave.pipelines.settings.source import Source
from idweave.pipelines.settings.values import as_texts, platform_attributes, whole
from idweave.transforms.columnar.identities.text_steps import STEP_NAMES
from idweave.transforms.columnar.policies.policy import Rules
from idweave.transforms.columnar.policies.registry import POLICIES

NORMALISERS = tuple(name for name in STEP_NAMES if name.isidentifier())
Step = Annotated[str, Field(pattern=rf"^({'|'.join(NORMALISERS)}|e164:[A-Z]{{2}})$")]
Steps = Annotated[
    tuple[str, ...], BeforeValidator(as_texts, json_schema_input_type=Step | list[Step])
]  # what is wrong with one is said where regions are known
Table = Literal[
    "assignments", "identities", "profiles", "linkages", "drops", "observations", "platforms"
]
Normaliser = Literal[
    "google", "meta", "pinterest", "amazon", "snap", "criteo", "tiktok", "linkedin", "uid2"
]
Encoding = Literal["raw", "md5", "sha1", "sha256", "md5_base64", "sha1_base64", "sha256_base64"]
ALL_TABLES: tuple[Table, ...] = get_args(Table)


class IdentityType(Part):
    """How values of one identity type are normalised and tested."""

    is_: Annotated[Literal["email", "phone", "name", "id"] | None, LATER] = Field(
        default=None, alias="is"
    )
    normalise: Steps = ()
    blocked: Texts = ()
    blocked_patterns: Annotated[Texts, LATER] = ()
    blocked_defaults: Flag = True
    pattern: str | None = None
    max_length: Count = 256
    hashed: Flag = False
    direct: Flag = False


class Hub(Part):
    """Identities of a type that link nothing once they link too many of another."""

    type: str
    linked_type: str
    more_than: Count


class Common(Part):
    """What strategies of all policies have."""

    policy: Literal[tuple(POLICIES)]  # type: ignore[valid-type]
    link_on: Annotated[Texts, Field(min_length=1)] = ()
    scopes: Annotated[dict[Name, Some], Field(min_length=1)] | None = None
    hubs: tuple[Hub, ...] = ()
    sources: Annotated[Some | None, LATER] = None


class Strategy(Common):
    """One strategy; `rules` is what its own keys say."""

    rules: SkipJsonSchema[SkipValidation[Rules]] = Field(exclude=True)
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
    normalise: Flag = False


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

    version: Annotated[Literal[1], BeforeValidator(whole, json_schema_input_type=Literal[1])]
    scopes: Annotated[dict[Name, Some], Field(min_length=1)] | None = None
    sources: dict[Name, Source] = Field(min_length=1)
    identities: dict[Type, IdentityType] = Field(min_length=1)

    def meaning_of(self, kind: str) -> str | None:
        """What an identity type is, as it says itself, else by its name; None: nobody knows."""
        said = self.identities[kind].is_ if kind in self.identities else None
        names = (name for name in ("email", "phone") if f"_{kind.lower()}".endswith(f"_{name}"))
        return said or next(names, None)


class Strategies(Part):
    """How records become profiles."""

    strategies: dict[Name, Strategy] = Field(min_length=1)


class Outputs(Part):
    """What is written, and how the work is cut."""

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


class Settings(Outputs, Strategies, Inputs):  # the fields of the last one come first
    """The whole configuration."""

    def resolved(self) -> dict[str, Any]:
        """The configuration with presets and defaults filled in, as plain values; null: unset."""
        return self._resolved(None)

    def digest(self) -> str:
        """SHA-256 of the resolved configuration, later keys that say nothing left out."""
        import hashlib
        import json

        text = json.dumps(self._resolved("digest"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _resolved(self, context: str | None) -> dict[str, Any]:
        body: dict[str, Any] = self.model_dump(mode="json", by_alias=True, context=context)
        for strategy in body["strategies"].values():
            strategy |= strategy.pop("keys")
        return body
