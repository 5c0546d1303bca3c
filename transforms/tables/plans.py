"""What is made of a strategy's profiles: platforms, audiences and groups, as workers know them."""

from typing import NamedTuple

from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.columnar.profiles.platform_rows import PlatformColumn


class PlatformPlan(NamedTuple):
    """One platform: which columns, from which identities and attributes."""

    name: str
    columns: tuple[PlatformColumn, ...]
    require: tuple[str | int, ...]
    attributes: tuple[tuple[str, bool], ...]  # attribute, whether names are normalised
    where: str | None = None  # a condition on profiles
    audiences: tuple[str, ...] = ()  # a profile must be in one of them; empty: it need not
    sample: int | None = None  # of 2**64: where the hash of a profile must be below

    @property
    def has_rules(self) -> bool:
        """Whether a rule may leave profiles out before `require` does."""
        return self.where is not None or bool(self.audiences) or self.sample is not None


class AudiencePlan(NamedTuple):
    """One audience."""

    name: str
    where: str  # a condition on profiles
    base: tuple[str, ...] = ()  # the files of the same audience in the base


class GroupPlan(NamedTuple):
    """One kind of group of a strategy's profiles."""

    name: str
    type: int  # identity type of which profiles have a value in common; -1: it is an attribute
    attribute: str  # "": it is an identity type
    max_size: int
    rules: tuple[AttributeRule, ...]  # of its attributes, each by the profiles' of that name
