"""The policies: a new one is a file beside this one and a line here."""

from collections.abc import Callable
from typing import Any, NamedTuple

from transforms.columnar import merge_all
from transforms.columnar.policy import Identities, Observations, Resolution


class Policy(NamedTuple):
    """One policy, as the dataflow needs to know it."""

    resolve: Callable[[Observations, Identities, Any], Resolution]
    refuses_two_values: bool = False  # of a unique type, in one record
    all_requests: bool = False  # search and modify take part, and changes link
    bytes_per_observation: int = 64  # of the largest component, while it is resolved


POLICIES = {
    "merge_all": Policy(merge_all.resolve),
}
