"""The seam between the dataflow and the policies: what a policy sees and what it answers.

A policy is a pure function ``resolve(observations, identities, rules, decisions) -> Resolution``,
where nobody decided anything if `decisions` is None. It gets whole components, so components can be
spread over workers at will, and integers only: identities are codes, numbered so that **within a
component the smaller code is the stronger identity** (type by its place in ``link_on``, then value
by its bytes). So "strongest, smallest value" is `min`, "weakest, largest value" is `max`, and the
lexical order of links is the order of code pairs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs

NOBODY = -1  # no profile


class Observations(NamedTuple):
    """``n`` observations that take part in the policy, by component, then in order (SEMANTICS 1).

    Every observation has at least one identity.
    """

    component: Ints  # [n] ascending, dense from 0
    start: Longs  # [n + 1] observation i carries identity[start[i]:start[i + 1]]
    identity: Ints  # codes, ascending and distinct within an observation
    request: Bytes  # [n] index into REQUESTS
    creates: Flags  # [n] False: of a source with `create: false`
    change_start: Longs  # [n + 1] the changes of observation i, in order; empty but for MODIFY
    change_type: NDArray[np.int16]  # place in `link_on` from 0, or -1: not linked
    change_old: Ints  # identity code, NO_VALUE or BAD_VALUE; of a type not linked: NO_VALUE
    change_new: Ints


class Identities(NamedTuple):
    """``k`` identities, their codes being 0..k-1 by (component, type, value)."""

    component: Ints  # [k] ascending
    type: NDArray[np.int16]  # [k] place in `link_on`, from 0


class Decisions(NamedTuple):
    """What people decided about ``k`` identities and ``n`` observations (SEMANTICS 7)."""

    apart_start: Longs  # [k + 1] no profile may hold identity i beside one of
    apart: Ints  # apart[apart_start[i]:apart_start[i + 1]]; each pair stands in both directions
    together: Flags  # [n] observations that people made; they come first in their component


class Drops(NamedTuple):
    """Values that the policy left out, in any order."""

    observation: Ints
    identity: Ints  # code, or -1 where `change` says which value (a change of a type not linked)
    change: Ints  # index into change_type, or -1
    rule: Bytes  # index into RULES


class Links(NamedTuple):
    """Linkages that the policy dropped: left is the smaller code."""

    left: Ints
    right: Ints
    rule: Bytes  # index into RULES: the first broken limit


class Resolution(NamedTuple):
    """What a policy answers: ``n`` observations, ``p`` profiles numbered 0..p-1 in any order."""

    profile: Ints  # [n] profile of the observation, or -1
    status: Bytes  # [n] index into STATUSES
    reason: Bytes  # [n] index into REASONS
    profile_component: Ints  # [p]
    birth_observation: Ints  # [p] replays: the creating observation; -1 in the merging policies
    birth_identity: Ints  # [p] merging policies: the identity that is first in; -1 in replays
    known: Flags  # [p]
    linked_from: Ints  # [p] profile number or -1
    held_profile: Ints  # [h] which profile holds ...
    held_identity: Ints  # [h] ... which identity, at the end; each pair once
    drops: Drops
    links: Links


def nothing_decided(observations: Observations, identities: Identities) -> Decisions:
    """No pair is apart, and people made no observation."""
    return Decisions(
        apart_start=np.zeros(len(identities.type) + 1, np.int64),
        apart=np.empty(0, np.int32),
        together=np.zeros(len(observations.component), bool),
    )


def no_drops() -> Drops:
    """No value was left out."""
    none = np.empty(0, np.int32)
    return Drops(none, none, none, np.empty(0, np.int8))


def no_links() -> Links:
    """No linkage was dropped."""
    none = np.empty(0, np.int32)
    return Links(none, none, np.empty(0, np.int8))
