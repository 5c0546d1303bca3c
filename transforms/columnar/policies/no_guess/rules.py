"""The keys of `no_guess`."""

from dataclasses import dataclass
from typing import NamedTuple

from idweave.transforms.columnar.policies.keys import Linked, TypeNames, key


@dataclass(frozen=True)
class Keys:
    """Types of which a profile has one value."""

    unique: TypeNames = key(
        "types of which a profile holds one value at most", ["customer_id"], default=()
    )


class NoGuess(NamedTuple):
    """A contested identity belongs to nobody."""

    unique: tuple[int, ...]


def rules_of(keys: Keys, linked: Linked) -> NoGuess:
    """The unique types' places."""
    return NoGuess(unique=linked.places("unique", keys.unique))


def refused_types(rules: NoGuess) -> tuple[int, ...]:
    """Unique types."""
    return rules.unique
