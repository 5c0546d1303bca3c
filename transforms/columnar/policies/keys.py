"""How a policy says which keys its strategies have in the configuration.

`Keys` of a policy is a frozen dataclass of the types below; its fields are the keys, their metadata
what a reader is told. `pipelines/settings/policy_keys.py` makes the strict model of it, so a policy
needs no checker of its own, and workers none at all.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

Count = Annotated[int, "count"]  # at least 1
TypeNames = Annotated[tuple[str, ...], "type names"]  # or one name
SomeTypeNames = Annotated[tuple[str, ...], "some type names"]  # at least one
TypeLists = Annotated[tuple[tuple[str, ...], ...], "type lists"]  # of two types or more
Limits = Annotated[dict[str, int], "limits"]  # type name -> count
PresetName = Annotated[str, "preset"]  # a file NAME_PRESET.yaml in configs/strategies


def key(about: str, example: Any, *, later: bool = False, **default: Any) -> Any:
    """A key of a policy.

    Args:
        about: what it means, in a sentence without its name.
        example: a value as one writes it.
        later: the first version lacked it; unset, the configuration is as it was.
        default: `default` or `default_factory`; a key without one must be set.
    """
    return dataclasses.field(
        metadata={"about": about, "example": example, "later": later}, **default
    )


class WrongKey(Exception):
    """A key's value does not go with the others.

    Args:
        key: below the strategy's.
        value: None where it says nothing.
        wrong: what is wrong.
        allowed: the remedy; else the nearest of the names `known` is told.
    """

    def __init__(
        self, key: str, value: object, wrong: str, allowed: str = "", known: Sequence[str] = ()
    ) -> None:
        super().__init__(key)
        self.key, self.value, self.wrong = key, value, wrong
        self.allowed, self.known = allowed, known


class Linked(NamedTuple):
    """What the keys of a policy refer to: the strategy's types, and the preset that it names."""

    link_on: tuple[str, ...]
    direct: tuple[str, ...]  # of all types
    preset: Mapping[str, Any]  # empty where it names none

    def places(self, key: str, types: Sequence[str]) -> tuple[int, ...]:
        """Places of types in `link_on`, each once, strongest first.

        Raises:
            WrongKey: a type that is not linked.
        """
        for name in types:
            if name not in self.link_on:
                raise WrongKey(key, name, "is not in link_on", known=self.link_on)
        return tuple(sorted({self.link_on.index(name) for name in types}))

    def limits(self, key: str, limits: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
        """Limits by the place of their type."""
        self.places(key, list(limits))
        return tuple(sorted((self.link_on.index(name), n) for name, n in limits.items()))

    def names(self, places: Sequence[int]) -> list[str]:
        """The names of types."""
        return [self.link_on[place] for place in places]
