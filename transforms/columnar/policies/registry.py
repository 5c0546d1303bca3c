"""The policies: a new one is a file beside this one and a line here."""

from collections.abc import Callable
from typing import Any, NamedTuple

from idweave.transforms.columnar.policies import demote_weakest, merge_all, no_guess
from idweave.transforms.columnar.policies.constrained_merge import resolve as constrained_merge
from idweave.transforms.columnar.policies.idsync import resolve as idsync
from idweave.transforms.columnar.policies.seam import Identities, Observations, Resolution


class Policy(NamedTuple):
    """One policy, as the dataflow needs to know it."""

    resolve: Callable[[Observations, Identities, Any], Resolution]
    refuses_two_values: bool = False  # of a unique type, in one record
    all_requests: bool = False  # search and modify take part, and changes link


POLICIES = {
    "merge_all": Policy(merge_all.resolve),
    "constrained_merge": Policy(constrained_merge.resolve, refuses_two_values=True),
    "idsync": Policy(
        idsync.resolve,
        refuses_two_values=True,
        all_requests=True,
    ),
    "demote_weakest": Policy(demote_weakest.resolve),
    "no_guess": Policy(
        no_guess.resolve,
        refuses_two_values=True,
    ),
}
