"""The keys of `constrained_merge`, and the limits and the order that they make."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from idweave.transforms.columnar.policies.keys import (
    Count,
    Limits,
    Linked,
    PresetName,
    SomeTypeNames,
    TypeLists,
    TypeNames,
    key,
)

OrderKey = Literal["newest_observation", "strength", "newest", "oldest"]


@dataclass(frozen=True)
class AttributionKeys:
    """Whose the records of a device are."""

    mode: Literal["last_auth", "device_split", "anonymous_last_auth"] = key(
        "last_auth: all records of a device go to its last person; device_split: one without a "
        "person goes to the latest before it; anonymous_last_auth: only those without a person "
        "follow the last one",
        "device_split",
    )
    device: SomeTypeNames = key("types that stand for a device", ["device_id"])
    person: SomeTypeNames = key("types that stand for a person", ["customer_id"])


@dataclass(frozen=True)
class Keys:
    """Limits, and the order in which links are added."""

    unique: TypeNames = key(
        "types of which a profile holds one value at most", ["customer_id"], default=()
    )
    max_values: Limits = key(
        "how many values of a type a profile holds at most", {"email": 5}, default_factory=dict
    )
    exclusive: TypeLists = key(
        "lists of types; a profile holds one identity at most over the types of each",
        [["customer_id", "guest_id"]],
        default=(),
    )
    max_profile_values: Count | None = key(
        "how many identities a profile holds at most", 50, default=None
    )
    order: PresetName | tuple[OrderKey, ...] = key(
        "which links are added first: a preset, or what decides, in this order",
        "newest_owner",
        default="newest_owner",
    )
    attribution: AttributionKeys | None = key(
        "whose the records of a shared device are",
        {"mode": "last_auth", "device": "device_id", "person": "customer_id"},
        default=None,
    )


class Attribution(NamedTuple):
    """Whose a device's records are (SEMANTICS 3.2)."""

    mode: str  # last_auth | device_split | anonymous_last_auth
    device: tuple[int, ...]
    person: tuple[int, ...]


class ConstrainedMerge(NamedTuple):
    """Links are added in an order; one that would break a limit is dropped."""

    order: tuple[str, ...]  # newest_observation | strength | newest | oldest; then lexical
    unique: tuple[int, ...] = ()
    max_values: tuple[tuple[int, int], ...] = ()  # (type, most values of a profile)
    exclusive: tuple[tuple[int, ...], ...] = ()  # at most one identity over the types of each
    max_profile_values: int | None = None
    attribution: Attribution | None = None


def rules_of(keys: Keys, linked: Linked) -> ConstrainedMerge:
    """The limits by the places of their types, and the order that a preset stands for."""
    attribution = None
    if keys.attribution is not None:
        attribution = Attribution(
            mode=keys.attribution.mode,
            device=linked.places("attribution.device", keys.attribution.device),
            person=linked.places("attribution.person", keys.attribution.person),
        )
    return ConstrainedMerge(
        unique=linked.places("unique", keys.unique),
        max_values=linked.limits("max_values", keys.max_values),
        exclusive=tuple(
            linked.places(f"exclusive[{place}]", types)
            for place, types in enumerate(keys.exclusive)
        ),
        max_profile_values=keys.max_profile_values,
        order=tuple(linked.preset["order"] if isinstance(keys.order, str) else keys.order),
        attribution=attribution,
    )


def filled(rules: ConstrainedMerge, linked: Linked) -> dict[str, Any]:
    """The order, as the preset has it."""
    return {"order": list(rules.order)}


def refused_types(rules: ConstrainedMerge) -> tuple[int, ...]:
    """Only `unique` refuses records; one that breaks another limit by itself loses links."""
    return rules.unique
