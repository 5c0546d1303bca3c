"""The shape of one platform: whose profiles it gets, and how they are written."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from idweave.pipelines.settings.kinds import LATER, Flag, Name, Part, Texts, Type, key
from idweave.pipelines.settings.values import platform_attributes

Normaliser = Literal[
    "google", "meta", "pinterest", "amazon", "snap", "criteo", "tiktok", "linkedin", "uid2"
]
Encoding = Literal["raw", "md5", "sha1", "sha256", "md5_base64", "sha1_base64", "sha256_base64"]


class PlatformIdentity(Part):
    """How one identity type is written for a platform."""

    as_: Name | None = key(
        "name of its column; default: the type's", "hashed_email", None, alias="as"
    )
    normalise: Normaliser | None = key(
        "whose rules for e-mails, phones and names its values follow", "google", None
    )
    encoding: Encoding | None = key(
        "how a value is written; default: raw, with uid2 sha256_base64", "sha256", None
    )
    region: str | None = key("of phone numbers without a country code", "US", None)
    pick: Literal["latest", "first", "all"] = key(
        "which of a profile's values; all: a list", "all", "latest"
    )


class PlatformAttribute(Part):
    """An attribute that a platform gets; `normalise`: it is a person's name."""

    name: Name = key("of the attribute", "first_name")
    normalise: Flag = key("true: a person's name, written trimmed and in lower case", True, False)


def _share(text: str) -> str:
    if not re.fullmatch(r"0|1|1\.0*|0?\.[0-9]+", text):
        raise ValueError("no share; allowed: from 0 to 1, as 0.1")
    return text


class Platform(Part):
    """What one platform gets of a strategy's profiles."""

    strategy: str = key("whose profiles it gets", "careful")
    preset: Annotated[str | None, LATER] = key(
        "a file of configs/platforms, which says what this says not: identities, require",
        "meta",
        None,
    )
    identities: dict[Type, PlatformIdentity] = key(
        "identity types that it accepts, and how each is written; those of its preset beside",
        {"email": {"as": "hashed_email", "normalise": "google", "encoding": "sha256"}},
        {},
    )
    where: Annotated[str | None, LATER] = key(
        "SQL, true for the profiles that it may get; as `where` of an audience",
        "marketing_consent",
        None,
    )
    audiences: Annotated[Texts, LATER] = key(
        "only profiles in one of these; its column `audiences` says in which", ["gold"], ()
    )
    sample: Annotated[
        Annotated[str, BeforeValidator(str, json_schema_input_type=float), AfterValidator(_share)]
        | None,
        LATER,
    ] = key("share of the profiles, whole ones, the same in each run", 0.1, None)
    require: Texts | None = key(
        "types that a profile must have, or any: at least one that is accepted", ["email"], None
    )
    attributes: Annotated[
        tuple[PlatformAttribute, ...],
        BeforeValidator(
            platform_attributes,
            json_schema_input_type=str | list[str | PlatformAttribute | dict[str, Any]],
        ),
    ] = key(
        "attributes that it gets, as names or {name: {normalise: true}}",
        ["plan", {"first_name": {"normalise": True}}],
        (),
    )
