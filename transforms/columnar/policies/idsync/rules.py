"""The keys of `idsync`: a preset, and what overrides it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from idweave.transforms.columnar.policies.aliases import AliasRules
from idweave.transforms.columnar.policies.keys import (
    Linked,
    PresetName,
    SomeTypeNames,
    TypeNames,
    WrongKey,
    key,
)
from idweave.transforms.columnar.reading.parse_age import parse_age

_WITH_ALIASES = ("default", "profile_conversion", "profile_link")  # presets


@dataclass(frozen=True)
class Alias:
    """What ties the anonymous past of a known profile to it."""

    by: SomeTypeNames = key("linked types that both carry", ["device_id"])
    within: str | None = key(
        "how long before the record that tells; none: any time", "90d", default=None
    )


@dataclass(frozen=True)
class Keys:
    """A preset, and what overrides it."""

    preset: PresetName = key(
        "what the other keys are where they are not set", "profile_conversion", default="default"
    )
    login: TypeNames | None = key(
        "types of a log-in; a profile that holds a value of one is known",
        ["customer_id"],
        default=None,
    )
    unique: TypeNames | None = key(
        "types of which a profile holds one value, and a value has one profile",
        ["customer_id"],
        default=None,
    )
    immutable: TypeNames | None = key(
        "login types whose value a profile never changes", ["customer_id"], default=None
    )
    on_new_login: Literal["add", "create", "create_linked"] | None = key(
        "what a login value does that nobody holds: joins the profile found, makes one, or makes "
        "one that says which profile it would have been",
        "create",
        default=None,
    )
    on_logout: Literal["create", "return_anonymous"] | None = key(
        "what a log-out resolves to: a new profile, or the anonymous one that is found",
        "return_anonymous",
        default=None,
    )
    search_requires_immutable: bool = key(
        "whether a search finds a profile by an immutable value only", True, default=False
    )
    alias: Alias | None = key(
        "shows anonymous profiles as the past of known ones, in `aliases`",
        {"by": ["device_id"], "within": "90d"},
        default=None,
        later=True,
    )


class IdSync(NamedTuple):
    """Every request resolves to one profile; nothing ever merges."""

    login: tuple[int, ...]
    unique: tuple[int, ...]  # direct types are among them
    immutable: tuple[int, ...]
    direct: tuple[int, ...]
    on_new_login: str  # add | create | create_linked
    on_logout: str  # create | return_anonymous
    search_requires_immutable: bool
    alias: AliasRules | None = None


def rules_of(keys: Keys, linked: Linked) -> IdSync:
    """The preset's rules, where the strategy has none of its own."""
    preset = linked.preset
    login = _login(keys, linked)
    unique = _types("unique", keys.unique, preset.get("unique"), linked)
    immutable = _types("immutable", keys.immutable, preset.get("immutable", ()), linked) or ()
    unique = login if unique is None else unique
    for place in immutable:
        if place not in login or place not in unique:
            raise WrongKey("immutable", linked.link_on[place], "must be login and unique, too")
    direct = linked.places("link_on", [name for name in linked.direct if name in linked.link_on])
    for place in set(direct) & set(login):
        raise WrongKey("login", linked.link_on[place], "is direct, so it can't log in")
    if keys.search_requires_immutable and not immutable:
        wrong = "no type is immutable"
        raise WrongKey("search_requires_immutable", True, wrong, "set `immutable`, too")
    return IdSync(
        login=login,
        unique=tuple(sorted({*unique, *direct})),
        immutable=immutable,
        direct=direct,
        on_new_login=keys.on_new_login or preset["on_new_login"],
        on_logout=keys.on_logout or preset["on_logout"],
        search_requires_immutable=keys.search_requires_immutable,
        alias=_alias(keys, linked),
    )


def _alias(keys: Keys, linked: Linked) -> AliasRules | None:
    if keys.alias is None:
        return None
    if keys.preset not in _WITH_ALIASES:
        wrong = f"preset {keys.preset} has no aliases"
        raise WrongKey("alias", None, wrong, f"allowed with {', '.join(_WITH_ALIASES)}")
    by, written = linked.places("alias.by", keys.alias.by), keys.alias.within
    if written is None:
        return AliasRules(by, None)
    within = parse_age(written)
    if not within:
        allowed = "allowed: days or hours, as 90d or 12h"
        raise WrongKey("alias.within", written, "no length of time", allowed)
    return AliasRules(by, within)


def aliases(rules: IdSync) -> AliasRules | None:
    """Those that are asked for."""
    return rules.alias


def _login(keys: Keys, linked: Linked) -> tuple[int, ...]:
    """The types of a log-in; a preset that finds none of its own would silently have no rule."""
    preset = linked.preset.get("login")
    login = _types("login", keys.login, preset, linked)
    if login is None:
        wrong = f"preset {keys.preset} leaves it to you"
    elif preset and not login and keys.login is None:
        wrong = f"preset {keys.preset} logs in by {' or '.join(preset)}, which is not linked"
    else:
        return login
    remedy = f"set login: the types of a log-in among {', '.join(linked.link_on)}, or [] for none"
    raise WrongKey("login", None, wrong, remedy)


def _types(
    name: str, own: Sequence[str] | None, preset: Sequence[str] | None, linked: Linked
) -> tuple[int, ...] | None:
    """The strategy's own types, else those of the preset that it links."""
    if own is not None:
        return linked.places(name, own)
    if preset is None:
        return None
    return linked.places(name, [kind for kind in preset if kind in linked.link_on])


def filled(rules: IdSync, linked: Linked) -> dict[str, Any]:
    """What the preset says."""
    return {
        "login": linked.names(rules.login),
        "unique": linked.names(rules.unique),
        "immutable": linked.names(rules.immutable),
        "on_new_login": rules.on_new_login,
        "on_logout": rules.on_logout,
    }


def refused_types(rules: IdSync) -> tuple[int, ...]:
    """Unique types, direct ones among them."""
    return rules.unique


def ignored_on_logout(rules: IdSync) -> tuple[int, ...]:
    """Login types."""
    return rules.login
