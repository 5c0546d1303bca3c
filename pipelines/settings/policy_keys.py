"""Each policy's own keys, and the rules that they make for the policy."""

import importlib.resources
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field

from idweave.pipelines.settings.errors import Wrong, nearest
from idweave.pipelines.settings.kinds import Count, Part, Texts
from idweave.pipelines.settings.values import lists_of_types, preset_or_list
from idweave.transforms.columnar.policies.rules import (
    Attribution,
    ConstrainedMerge,
    DemoteWeakest,
    IdSync,
    MergeAll,
    NoGuess,
    Rules,
)

OrderKey = Literal["newest_observation", "strength", "newest", "oldest"]


class MergeAllKeys(Part):
    """No keys of its own."""


class AttributionKeys(Part):
    """Whose the records of a device are."""

    mode: Literal["last_auth", "device_split", "anonymous_last_auth"]
    device: Texts = Field(min_length=1)
    person: Texts = Field(min_length=1)


class ConstrainedMergeKeys(Part):
    """Limits, and the order in which links are added."""

    unique: Texts = ()
    max_values: dict[str, Count] = {}
    exclusive: Annotated[tuple[Texts, ...], BeforeValidator(lists_of_types)] = ()
    max_profile_values: Count | None = None
    order: Annotated[
        str | Annotated[tuple[OrderKey, ...], Field(min_length=1)], BeforeValidator(preset_or_list)
    ] = "newest_owner"
    attribution: AttributionKeys | None = None


class IdSyncKeys(Part):
    """A preset, and what overrides it."""

    preset: str = "default"
    login: Texts | None = None
    unique: Texts | None = None
    immutable: Texts | None = None
    on_new_login: Literal["add", "create", "create_linked"] | None = None
    on_logout: Literal["create", "return_anonymous"] | None = None
    search_requires_immutable: bool = False


class DemoteWeakestKeys(Part):
    """Limits of a profile."""

    max_values: dict[str, Count] = {}
    max_profile_values: Count | None = None


class NoGuessKeys(Part):
    """Types of which a profile has one value."""

    unique: Texts = ()


class Context:
    """Where a strategy's keys stand: the key for errors, its linked types and the direct ones."""

    def __init__(self, key: str, link_on: Sequence[str], direct: Sequence[str]) -> None:
        self.key, self.link_on, self.direct = key, list(link_on), list(direct)

    def places(self, key: str, types: Sequence[str]) -> tuple[int, ...]:
        """Places of types in `link_on`, each once, strongest first."""
        for name in types:
            if name not in self.link_on:
                known = nearest(name, self.link_on)
                raise Wrong(f"{self.key}.{key}", name, "is not in link_on", known)
        return tuple(sorted({self.link_on.index(name) for name in types}))


def preset_names(policy: str) -> list[str]:
    """The presets of a policy, as files in `configs/strategies`."""
    folder = importlib.resources.files("idweave.configs") / "strategies"
    prefix = f"{policy}_"
    return sorted(
        file.name.removeprefix(prefix).removesuffix(".yaml")
        for file in folder.iterdir()
        if file.name.startswith(prefix) and file.name.endswith(".yaml")
    )


def read_preset(policy: str, name: str, key: str) -> dict[str, Any]:
    """The keys of a preset."""
    if name not in preset_names(policy):
        raise Wrong(key, name, "no such preset", nearest(name, preset_names(policy)))
    file = importlib.resources.files("idweave.configs") / "strategies" / f"{policy}_{name}.yaml"
    body: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return body


def _merge_all(keys: MergeAllKeys, context: Context) -> MergeAll:
    return MergeAll()


def _constrained_merge(keys: ConstrainedMergeKeys, context: Context) -> ConstrainedMerge:
    order = keys.order
    if isinstance(order, str):
        preset = read_preset("constrained_merge", order, f"{context.key}.order")
        order = tuple(preset["order"])
    attribution = None
    if keys.attribution is not None:
        attribution = Attribution(
            keys.attribution.mode,
            context.places("attribution.device", keys.attribution.device),
            context.places("attribution.person", keys.attribution.person),
        )
    return ConstrainedMerge(
        context.places("unique", keys.unique),
        _limits("max_values", keys.max_values, context),
        tuple(context.places(f"exclusive[{i}]", types) for i, types in enumerate(keys.exclusive)),
        keys.max_profile_values,
        tuple(order),
        attribution,
    )


def _limits(key: str, limits: dict[str, int], context: Context) -> tuple[tuple[int, int], ...]:
    context.places(key, list(limits))
    return tuple(sorted((context.link_on.index(name), n) for name, n in limits.items()))


def _idsync(keys: IdSyncKeys, context: Context) -> IdSync:
    preset = read_preset("idsync", keys.preset, f"{context.key}.preset")
    login = _login(keys, preset.get("login"), context)
    unique = _types("unique", keys.unique, preset.get("unique"), context)
    immutable = _types("immutable", keys.immutable, preset.get("immutable", []), context) or ()
    unique = login if unique is None else unique
    for name in (context.link_on[place] for place in immutable):
        place = context.link_on.index(name)
        if place not in login or place not in unique:
            raise Wrong(f"{context.key}.immutable", name, "must be login and unique, too")
    direct = context.places("link_on", [name for name in context.direct if name in context.link_on])
    for place in set(direct) & set(login):
        raise Wrong(f"{context.key}.login", context.link_on[place], "is direct, so it can't log in")
    if keys.search_requires_immutable and not immutable:
        key = f"{context.key}.search_requires_immutable"
        raise Wrong(key, True, "no type is immutable", "set `immutable`, too")
    return IdSync(
        login,
        tuple(sorted({*unique, *direct})),
        immutable,
        direct,
        keys.on_new_login or preset["on_new_login"],
        keys.on_logout or preset["on_logout"],
        keys.search_requires_immutable,
    )


def _login(keys: IdSyncKeys, preset: Sequence[str] | None, context: Context) -> tuple[int, ...]:
    """The types of a log-in; a preset that finds none of its own would silently have no rule."""
    login = _types("login", keys.login, preset, context)
    if login is None:
        wrong = f"preset {keys.preset} leaves it to you"
    elif preset and not login and keys.login is None:
        wrong = f"preset {keys.preset} logs in by {' or '.join(preset)}, which is not linked"
    else:
        return login
    remedy = f"set login: the types of a log-in among {', '.join(context.link_on)}, or [] for none"
    raise Wrong(f"{context.key}.login", None, wrong, remedy)


def _types(
    key: str, own: Sequence[str] | None, preset: Sequence[str] | None, context: Context
) -> tuple[int, ...] | None:
    """The strategy's own types, else those of the preset that it links."""
    if own is not None:
        return context.places(key, own)
    if preset is None:
        return None
    return context.places(key, [name for name in preset if name in context.link_on])


def _demote_weakest(keys: DemoteWeakestKeys, context: Context) -> DemoteWeakest:
    limits = dict(_limits("max_values", keys.max_values, context))
    return DemoteWeakest(
        tuple(limits.get(place, 5 if place else 1) for place in range(len(context.link_on))),
        keys.max_profile_values,
    )


def _no_guess(keys: NoGuessKeys, context: Context) -> NoGuess:
    return NoGuess(context.places("unique", keys.unique))


POLICY_KEYS: dict[str, tuple[type[Part], Callable[[Any, Context], Rules]]] = {
    "merge_all": (MergeAllKeys, _merge_all),
    "constrained_merge": (ConstrainedMergeKeys, _constrained_merge),
    "idsync": (IdSyncKeys, _idsync),
    "demote_weakest": (DemoteWeakestKeys, _demote_weakest),
    "no_guess": (NoGuessKeys, _no_guess),
}


def resolved_keys(keys: Part, rules: Rules, link_on: Sequence[str]) -> dict[str, Any]:
    """A policy's keys as plain values, what presets and defaults say filled in."""
    body: dict[str, Any] = keys.model_dump(mode="json")
    if isinstance(rules, ConstrainedMerge):
        body["order"] = list(rules.order)
    elif isinstance(rules, DemoteWeakest):
        body["max_values"] = dict(zip(link_on, rules.max_values, strict=True))
    elif isinstance(rules, IdSync):
        for name in ("login", "unique", "immutable"):
            body[name] = [link_on[place] for place in getattr(rules, name)]
        body |= {"on_new_login": rules.on_new_login, "on_logout": rules.on_logout}
    return body
