"""Policy `constrained_merge`: links are added in an order, unless one breaks a limit.

SEMANTICS 3.2. Components that break no limit are profiles as they are; only the others are rebuilt,
link by link, with a union-find whose sets count their values by type.
"""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.policies.constrained_merge.add_links import add_links
from idweave.transforms.columnar.policies.constrained_merge.attribution import attribute
from idweave.transforms.columnar.policies.constrained_merge.limits import (
    broken_components,
    limits_of,
)
from idweave.transforms.columnar.policies.constrained_merge.rules import ConstrainedMerge
from idweave.transforms.columnar.policies.seam import (
    NOBODY,
    Decisions,
    Identities,
    Links,
    Observations,
    Resolution,
    no_drops,
    no_links,
    nothing_decided,
)
from idweave.transforms.columnar.vocabulary import Reason, Status


def resolve(
    observations: Observations,
    identities: Identities,
    rules: ConstrainedMerge,
    decisions: Decisions | None = None,
) -> Resolution:
    """Keep what links keep together; profiles are sets that a creating source has seen."""
    decisions = decisions or nothing_decided(observations, identities)
    components = int(identities.component.max(initial=-1)) + 1
    limits = limits_of(rules, int(identities.type.max(initial=0)) + 1)
    broken = broken_components(identities, limits, decisions, components)
    if broken.any():
        set_of, dropped = add_links(
            observations, identities, rules.order, limits, decisions, broken
        )
    else:
        first = np.searchsorted(identities.component, np.arange(components)).astype(np.int32)
        set_of, dropped = first[identities.component], no_links()
    return _profiles(observations, identities, rules, decisions, set_of, dropped)


def _profiles(
    observations: Observations,
    identities: Identities,
    rules: ConstrainedMerge,
    decisions: Decisions,
    set_of: Ints,
    dropped: Links,
) -> Resolution:
    """Number the sets that are profiles, name their first identity, assign the records."""
    length = np.diff(observations.start)
    created = np.zeros(len(set_of), bool)
    of_creating = np.repeat(observations.creates, length)
    created[set_of[observations.identity[of_creating]]] = True
    roots = np.flatnonzero(created).astype(np.int32)
    number = np.full(len(set_of), NOBODY, np.int32)
    number[roots] = np.arange(len(roots), dtype=np.int32)
    of_identity = number[set_of]
    seen = observations.identity[np.repeat(~decisions.together, length)]
    profile = of_identity[observations.identity[observations.start[:-1]]]
    if rules.attribution is not None:
        counts = ~decisions.together
        profile = attribute(
            observations, identities, of_identity, profile, counts, rules.attribution
        )
    has = profile != NOBODY
    held = np.flatnonzero(of_identity != NOBODY).astype(np.int32)
    return Resolution(
        profile=profile,
        status=np.where(has, Status.ASSIGNED, Status.UNASSIGNED).astype(np.int8),
        reason=np.where(has, Reason.NONE, Reason.UPDATE_ONLY).astype(np.int8),
        profile_component=identities.component[roots],
        birth_observation=np.full(len(roots), -1, np.int32),
        birth_identity=_births(seen, of_identity, len(roots)),
        known=np.zeros(len(roots), bool),
        linked_from=np.full(len(roots), NOBODY, np.int32),
        held_profile=of_identity[held],
        held_identity=held,
        drops=no_drops(),
        links=dropped,
    )


@kernel
def _births(seen, of_identity, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the identity that is first in, else the strongest of those that no record has.

    Args:
        seen: identities as records carry them, in order, the stronger one of a record first.
    """
    birth = np.full(profiles, -1, np.int32)
    for e in range(len(seen)):
        profile = of_identity[seen[e]]
        if profile != NOBODY and birth[profile] < 0:
            birth[profile] = seen[e]
    for identity in range(len(of_identity)):
        profile = of_identity[identity]
        if profile != NOBODY and birth[profile] < 0:
            birth[profile] = identity
    return birth
