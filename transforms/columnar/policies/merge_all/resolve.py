"""Policy `merge_all`: a component is a profile (SEMANTICS 3.1)."""

import numpy as np

from idweave.transforms.columnar.policies.constrained_merge.resolve import (
    resolve as build_by_links,
)
from idweave.transforms.columnar.policies.constrained_merge.rules import ConstrainedMerge
from idweave.transforms.columnar.policies.merge_all.rules import MergeAll
from idweave.transforms.columnar.policies.seam import (
    NOBODY,
    Decisions,
    Identities,
    Observations,
    Resolution,
    no_drops,
    no_links,
)
from idweave.transforms.columnar.vocabulary import Reason, Status

_NEWEST_OWNER = ("newest", "strength")


def resolve(
    observations: Observations,
    identities: Identities,
    rules: MergeAll,
    decisions: Decisions | None = None,
) -> Resolution:
    """All records of a component get its profile; one that no source may create has none.

    With decisions, components that hold what is apart are built link by link (SEMANTICS 7).
    """
    if decisions is not None:
        limits = ConstrainedMerge(order=_NEWEST_OWNER)
        return build_by_links(observations, identities, limits, decisions)
    component = observations.component
    count = int(component[-1]) + 1 if len(component) else 0
    created = np.zeros(count, bool)
    created[component[observations.creates]] = True
    number = np.where(created, np.cumsum(created) - 1, NOBODY).astype(np.int32)
    first = np.searchsorted(component, np.flatnonzero(created))
    profiles = int(created.sum())
    profile = number[component]
    has = profile >= 0
    held = number[identities.component]
    kept = np.flatnonzero(held >= 0).astype(np.int32)
    return Resolution(
        profile=profile,
        status=np.where(has, Status.ASSIGNED, Status.UNASSIGNED).astype(np.int8),
        reason=np.where(has, Reason.NONE, Reason.UPDATE_ONLY).astype(np.int8),
        profile_component=np.flatnonzero(created).astype(np.int32),
        birth_observation=np.full(profiles, -1, np.int32),
        birth_identity=observations.identity[observations.start[first]],
        known=np.zeros(profiles, bool),
        linked_from=np.full(profiles, NOBODY, np.int32),
        held_profile=held[kept],
        held_identity=kept,
        drops=no_drops(),
        links=no_links(),
    )
