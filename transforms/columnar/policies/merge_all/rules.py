"""The keys of `merge_all`: none."""

from dataclasses import dataclass
from typing import NamedTuple

from idweave.transforms.columnar.policies.keys import Linked


@dataclass(frozen=True)
class Keys:
    """No keys of its own."""


class MergeAll(NamedTuple):
    """There is nothing to say."""


def rules_of(keys: Keys, linked: Linked) -> MergeAll:
    """Nothing, of no keys."""
    return MergeAll()
