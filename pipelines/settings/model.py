"""The configuration's shape: one class for each part, strict, frozen, with its defaults."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, SkipValidation
from pydantic.json_schema import SkipJsonSchema

from idweave.pipelines.settings.identity_type import IdentityType
from idweave.pipelines.settings.kinds import (
    LATER,
    Count,
    Name,
    Part,
    Size,
    Some,
    Texts,
    Type,
    key,
)
from idweave.pipelines.settings.of_profiles import AttributeRule, Audience, Group
from idweave.pipelines.settings.platform import Platform
from idweave.pipelines.settings.privacy import SECRET, Privacy
from idweave.pipelines.settings.risks import Risks
from idweave.pipelines.settings.source import Source
from idweave.pipelines.settings.table_names import ALL_TABLES, Changeable, Table
from idweave.pipelines.settings.values import whole
from idweave.transforms.columnar.policies.policy import Rules
from idweave.transforms.columnar.policies.registry import POLICIES


class Hub(Part):
    """Identities of a type that link nothing once they link too many of another."""

    type: str = key("the type whose values link nothing once they link too many", "device_id")
    linked_type: str = key("the type that they link", "customer_id")
    more_than: Count = key("distinct values of it that are not too many yet", 5)


class Common(Part):
    """What strategies of all policies have."""

    policy: Literal[tuple(POLICIES)] = key("how records become profiles", next(iter(POLICIES)))  # type: ignore[valid-type]
    link_on: Annotated[Texts, Field(min_length=1)] = key(
        "types that form linkages, strongest first; default: all that a source has, in the "
        "order of `identities`",
        ["customer_id", "email"],
        (),
    )
    scopes: Annotated[dict[Name, Some], Field(min_length=1)] | None = key(
        "scope: workspaces, instead of the common scopes", {"web": ["web"], "app": ["app"]}, None
    )
    hubs: tuple[Hub, ...] = key(
        "values that link too many of another type link nothing",
        [{"type": "device_id", "linked_type": "customer_id", "more_than": 5}],
        (),
    )
    sources: Annotated[Some | None, LATER] = key(
        "the only sources whose records it takes; default: all", ["crm"], None
    )


class Strategy(Common):
    """One strategy; `rules` is what its own keys say."""

    rules: SkipJsonSchema[SkipValidation[Rules]] = Field(exclude=True)
    keys: SkipJsonSchema[dict[str, Any]] = {}


class Checks(Part):
    """Limits on a run; a broken one means that nothing is published."""

    max_quarantined_share: float | None = key("of all input records", 0.01, None, ge=0, le=1)
    max_profile_identities: Count | None = key("of the largest profile", 1000, None)
    min_records: int | None = key("of all sources together", 1, None, ge=0, le=2**62)
    max_ended_ids_share: Annotated[float | None, LATER] = key(
        "of the ids that were live in the base, in any strategy", 0.02, None, ge=0, le=1
    )
    max_moved_records_share: Annotated[float | None, LATER] = key(
        "of the records that are in the base, too, in any strategy", 0.02, None, ge=0, le=1
    )
    max_risky_profiles_share: Annotated[float | None, LATER] = key(
        "of the profiles of any strategy: those with a row in `risks`", 0.001, None, ge=0, le=1
    )


class Inputs(Part):
    """What is read: checked before the rest, which refers to it."""

    version: Annotated[Literal[1], BeforeValidator(whole, json_schema_input_type=Literal[1])] = key(
        "of the configuration's form", 1
    )
    scopes: Annotated[dict[Name, Some], Field(min_length=1)] | None = key(
        "scope: its workspaces; a workspace is in one scope, profiles never cross scopes. "
        "Default: everything in one, `default`",
        {"retail": ["web", "app"], "courier": ["courier_app"]},
        None,
    )
    sources: dict[Name, Source] = key(
        "what is read, by name",
        {"web": {"path": "events/*.parquet", "identities": {"email": "email"}}},
        min_length=1,
    )
    identities: dict[Type, IdentityType] = key(
        "identity types; their order is their priority, strongest first",
        {"customer_id": {}, "email": {"normalise": ["trim", "lower"]}},
        min_length=1,
    )

    def meaning_of(self, kind: str) -> str | None:
        """What an identity type is, as it says itself, else by its name; None: nobody knows."""
        said = self.identities[kind].is_ if kind in self.identities else None
        names = (name for name in ("email", "phone") if f"_{kind.lower()}".endswith(f"_{name}"))
        return said or next(names, None)


class Strategies(Part):
    """How records become profiles."""

    strategies: dict[Name, Strategy] = key(
        "each makes profiles of the same records in its own way",
        {"household": {"policy": next(iter(POLICIES))}},
        min_length=1,
    )


class Outputs(Part):
    """What is made of profiles, what is written, and how the work is cut."""

    attributes: Annotated[dict[Name, AttributeRule], LATER] = key(
        "how attributes are made of records, by name; one without a rule is the newest value",
        {"ltv": {"rule": "sum", "type": "double", "from": "amount"}},
        {},
    )
    audiences: Annotated[dict[Name, Audience], LATER] = key(
        "profiles for which a condition holds, by name",
        {"gold": {"strategy": "careful", "where": "plan = 'gold'"}},
        {},
    )
    groups: Annotated[dict[Name, Group], LATER] = key(
        "profiles that have a value in common, by name",
        {"household": {"strategy": "careful", "by": "address_key"}},
        {},
    )
    platforms: dict[Name, Platform] = key(
        "files of profiles for other systems, by name",
        {"google_ads": {"strategy": "household", "identities": {"email": {}}}},
        {},
    )
    tables: Annotated[tuple[Table, ...], Field(min_length=1)] = key(
        "what is written; what is not asked for is not computed. Quarantine and counts always are",
        ["assignments", "identities"],
        ALL_TABLES,
    )
    shards: Annotated[int, Field(ge=1, le=10_000)] = key(
        "output files of each table and strategy", 32, 8
    )
    split_bytes: Size = key(
        "of a unit of work, at most: what is read at once", "64MiB", 128 * 2**20
    )
    split_rows: Count = key("records of a unit of work, at most", 100_000, 500_000)
    input_digest: Literal["metadata", "content"] = key(
        "what tells whether an input file changed: size and time or etag, or the SHA-256 of its "
        "content",
        "content",
        "metadata",
    )
    max_identities_per_record: Count = key("a record with more is refused", 20, 100)
    solve_limit: Count = key(
        "edges that one worker solves in memory, at most", 10_000_000, 100_000_000
    )
    component_bytes: Size = key(
        "memory that a worker gives to the replay of one component", "1GiB", 4 * 2**30
    )
    checks: Checks = key(
        "limits on a run; a broken one: exit 3, nothing is published", {"min_records": 1}, Checks()
    )
    risks: Annotated[Risks, LATER] = key(
        "where the risks of profiles begin", {"many_values": 10}, Risks()
    )
    changes: Annotated[tuple[Changeable, ...] | None, LATER] = key(
        "tables of which a refresh says what has changed; default: those of `tables`",
        ["assignments", "platforms"],
        None,
    )
    decisions: Annotated[Some | None, LATER] = key(
        "files of what people decided about two identities: .yaml .jsonl .csv; a file, folder, "
        "glob or list",
        "decisions/*.jsonl",
        None,
    )
    privacy: Annotated[Privacy | None, LATER] = key(
        "requests of people about their own data",
        {"requests": "requests/*.jsonl", "strategy": "household", "by": ["email"],
         "key": "env:IDWEAVE_PRIVACY_KEY"},
        None,
    )  # fmt: skip
    id_key: Annotated[str | None, LATER] = key(
        "the key of keyed ids, 32 bytes or more: env:NAME or file:PATH",
        "env:IDWEAVE_ID_KEY",
        None,
        pattern=SECRET,
    )


class Settings(Outputs, Strategies, Inputs):  # the fields of the last one come first
    """The whole configuration."""

    _where: Callable[[str], str] | None = PrivateAttr(default=None)

    def remember(self, where: Callable[[str], str]) -> None:
        """Keep what tells where each key stands."""
        self._where = where

    def where(self, key: str) -> str:
        """What an error of a key begins with, as `idweave.yaml:6: `."""
        return "" if self._where is None else self._where(key)

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
