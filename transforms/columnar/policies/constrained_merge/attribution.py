"""Whose a device's records are: the attribution modes of `constrained_merge` (SEMANTICS 3.2)."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.policies.constrained_merge.rules import Attribution
from idweave.transforms.columnar.policies.seam import Identities, Observations


def attribute(
    observations: Observations,
    identities: Identities,
    of_identity: Ints,
    profile: Ints,
    counts: Flags,
    rules: Attribution,
) -> Ints:
    """[n] profiles of the records once devices' records follow their persons.

    Args:
        of_identity: [k] profile of each identity, or -1: it is none.
        profile: [n] without attribution.
        counts: [n] False: people made the observation.
    """
    kinds = int(identities.type.max(initial=0)) + 1
    device = _strongest(observations, identities, rules.device, kinds)
    person = _strongest(observations, identities, rules.person, kinds)
    owner = np.where(person >= 0, of_identity[person], -1)
    counts = counts & (device >= 0) & (owner >= 0)
    devices = len(of_identity)
    if rules.mode == "device_split":
        target = _latest(device, np.where(counts, owner, -1), devices)
    else:
        last = np.full(devices, -1, np.int32)
        last[device[counts]] = owner[counts]  # rows are in order: the last one stays
        target = np.where(device >= 0, last[device], -1)
    follows = (device >= 0) & (target >= 0)
    if rules.mode != "last_auth":
        follows &= person < 0
    return np.where(follows, target, profile).astype(np.int32)


def _strongest(
    observations: Observations, identities: Identities, places: tuple[int, ...], kinds: int
) -> Ints:
    """[n] the strongest identity of some types that a record carries, or -1."""
    wanted = np.zeros(kinds, bool)
    wanted[[place for place in places if place < kinds]] = True
    of_entry: NDArray[np.bool_] = wanted[identities.type[observations.identity]]
    found: Ints = _first(observations.start, observations.identity, of_entry)
    return found


@kernel
def _first(start, entry, wanted):  # type: ignore[no-untyped-def]
    out = np.full(len(start) - 1, -1, np.int32)
    for row in range(len(out)):
        for e in range(start[row], start[row + 1]):
            if wanted[e]:
                out[row] = entry[e]
                break
    return out


@kernel
def _latest(device, owner, devices):  # type: ignore[no-untyped-def]
    """[n] owner of the device's latest record at or before, else of its first one after."""
    current = np.full(devices, -1, np.int32)
    for row in range(len(device) - 1, -1, -1):
        if device[row] >= 0 and owner[row] >= 0:
            current[device[row]] = owner[row]  # at the end: the first one
    out = np.full(len(device), -1, np.int32)
    for row in range(len(device)):
        if device[row] >= 0:
            if owner[row] >= 0:
                current[device[row]] = owner[row]
            out[row] = current[device[row]]
    return out
