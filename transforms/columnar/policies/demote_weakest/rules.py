"""The keys of `demote_weakest`: limits."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from idweave.transforms.columnar.policies.keys import Count, Limits, Linked, key

_STRONGEST, _OTHERS = 1, 5  # most values of a type that is not named


@dataclass(frozen=True)
class Keys:
    """Limits of a profile."""

    max_values: Limits = key(
        f"how many values of a type a profile holds at most; else {_STRONGEST} of the first type "
        f"of link_on, {_OTHERS} of each other one",
        {"email": 3},
        default_factory=dict,
    )
    max_profile_values: Count | None = key(
        "how many identities a profile holds at most", 50, default=None
    )


class DemoteWeakest(NamedTuple):
    """The incoming record loses its weakest identity until it fits."""

    max_values: tuple[int, ...]  # of each type of `link_on`
    max_profile_values: int | None


def rules_of(keys: Keys, linked: Linked) -> DemoteWeakest:
    """A limit for each type."""
    limits = dict(linked.limits("max_values", keys.max_values))
    return DemoteWeakest(
        max_values=tuple(
            limits.get(place, _OTHERS if place else _STRONGEST)
            for place in range(len(linked.link_on))
        ),
        max_profile_values=keys.max_profile_values,
    )


def filled(rules: DemoteWeakest, linked: Linked) -> dict[str, Any]:
    """The limits of all types."""
    return {"max_values": dict(zip(linked.link_on, rules.max_values, strict=True))}
