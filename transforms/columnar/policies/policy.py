"""What the project knows of a policy: one descriptor, in the policy's own folder."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from idweave.transforms.columnar.policies.aliases import AliasRules
from idweave.transforms.columnar.policies.keys import Linked
from idweave.transforms.columnar.policies.seam import (
    Decisions,
    Identities,
    Observations,
    Resolution,
)

Rules = Any  # a named tuple of the policy's own: its limits and switches


class Resolve(Protocol):
    """What a policy does with whole components: see seam.py."""

    def __call__(
        self,
        observations: Observations,
        identities: Identities,
        rules: Rules,
        decisions: Decisions | None = None,
    ) -> Resolution:
        """Answer which profile each observation has."""
        ...


def _nothing(rules: Rules, linked: Linked) -> dict[str, Any]:
    return {}


class Policy(NamedTuple):
    """One policy: its keys, what it does and refuses, and how to speak of it."""

    name: str
    words: str  # what it does, for whoever asks `explain`
    keys: type[Any]  # see keys.py
    rules: Callable[[Any, Linked], Rules]  # made of its keys; raises WrongKey
    resolve: Resolve
    filled: Callable[[Rules, Linked], dict[str, Any]] = _nothing
    """The keys that a preset or a default filled in, with their values."""
    refused_types: Callable[[Rules], tuple[int, ...]] | None = None
    """Places in `link_on` of which two values refuse a record; None: it refuses none, ever."""
    all_requests: bool = False
    """Whether `search` and `modify` take part; a `search` may then have two such values."""
    ignored_on_logout: Callable[[Rules], tuple[int, ...]] | None = None
    """Places in `link_on` whose values a `logout` ignores; None: it ignores none."""
    aliases: Callable[[Rules], AliasRules | None] | None = None
    """What ties anonymous profiles to known ones, if anything does."""
    component_is_profile: bool = False
    """Whether no record needs to be looked at once its component is known."""
    replays: bool = False
    """Whether it takes records one by one: a linkage says little of who holds what at the end."""
