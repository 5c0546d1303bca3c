"""Policy `merge_all`: a component is a profile (SEMANTICS 3.1)."""

import numpy as np

from idweave.transforms.columnar.policies.merge_all.rules import MergeAll
from idweave.transforms.columnar.policies.seam import (
    ASSIGNED,
    REASON,
    UNASSIGNED,
    Identities,
    Observations,
    Resolution,
    no_drops,
    no_links,
)


def resolve(observations: Observations, identities: Identities, rules: MergeAll) -> Resolution:
    """All records of a component get its profile; one that no source may create has none."""
    component = observations.component
    count = int(component[-1]) + 1 if len(component) else 0
    created = np.zeros(count, bool)
    created[component[observations.creates]] = True
    number = np.where(created, np.cumsum(created) - 1, -1).astype(np.int32)
    first = np.searchsorted(component, np.flatnonzero(created))
    profiles = int(created.sum())
    profile = number[component]
    has = profile >= 0
    held = number[identities.component]
    kept = np.flatnonzero(held >= 0).astype(np.int32)
    return Resolution(
        profile,
        np.where(has, ASSIGNED, UNASSIGNED).astype(np.int8),
        np.where(has, 0, REASON["update_only"]).astype(np.int8),
        np.flatnonzero(created).astype(np.int32),
        np.full(profiles, -1, np.int32),
        observations.identity[observations.start[first]],
        np.zeros(profiles, bool),
        np.full(profiles, -1, np.int32),
        held[kept],
        kept,
        no_drops(),
        no_links(),
    )
