"""Decisions about the identities of one piece, and what became of them."""

from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.lookup import hash_places
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.deciding.rulings import Rulings
from idweave.transforms.columnar.policies.seam import NOBODY, Decisions, Drops, Resolution


class OfPiece(NamedTuple):
    """The rulings about identities of a piece: ``r`` of those that work."""

    ruling: Ints  # [r] its place among the graph's
    left: Ints  # [r] identity of the piece
    right: Ints  # [r]
    apart: Flags  # [r]


def of_piece(rulings: Rulings, left: Hashes, right: Hashes, hashes: Hashes) -> OfPiece:
    """Find what decisions name among the identities of a piece; of one, both must be there.

    Args:
        left, right: [rulings, 2] hashes of what they name, with the scope in them.
        hashes: [k, 2] of the identities of the piece.
    """
    named, code = np.unique(np.concatenate([left, right]), axis=0, return_inverse=True)
    identity = np.full(len(named), -1, np.int32)
    place = hash_places(hashes, named)
    at = np.flatnonzero(place >= 0)
    identity[place[at]] = at
    one, other = np.split(identity[code.ravel()], 2)
    there = np.flatnonzero(rulings.works & (one >= 0) & (other >= 0)).astype(np.int32)
    return OfPiece(there, one[there], other[there], rulings.apart[there])


def decisions_of_piece(of: OfPiece, identities: int, together: Flags) -> Decisions:
    """What a policy is told.

    Args:
        together: [n] observations that people made.
    """
    left, right = of.left[of.apart], of.right[of.apart]
    one, other = np.concatenate([left, right]), np.concatenate([right, left])
    pairs = np.unique(np.stack([one, other], axis=1), axis=0)
    start: Longs = np.searchsorted(pairs[:, 0], np.arange(identities + 1)).astype(np.int64)
    return Decisions(start, pairs[:, 1].astype(np.int32), together)


def uncounted(found: Resolution, together: Flags) -> Resolution:
    """The answer with what people made in no figure: it has no profile, and drops nothing."""
    if not together.any():
        return found
    kept = ~together[found.drops.observation]
    drops = found.drops
    drops = Drops(
        drops.observation[kept], drops.identity[kept], drops.change[kept], drops.rule[kept]
    )
    profile = np.where(together, NOBODY, found.profile).astype(np.int32)
    return found._replace(profile=profile, drops=drops)


def joined(of: OfPiece, found: Resolution, identities: int) -> Ints:
    """The rulings of which one profile holds both identities."""
    is_named = np.zeros(identities, bool)
    is_named[of.left] = is_named[of.right] = True
    at = np.flatnonzero(is_named[found.held_identity])
    at = at[np.argsort(found.held_identity[at], kind="stable")]
    identity, profile = found.held_identity[at], found.held_profile[at]
    low = np.searchsorted(identity, np.arange(identities), "left")
    high = np.searchsorted(identity, np.arange(identities), "right")
    out = [
        ruling
        for ruling, one, other in zip(*of[:3], strict=True)  # the decisions of a piece
        if len(np.intersect1d(profile[low[one] : high[one]], profile[low[other] : high[other]]))
    ]
    return np.array(out, np.int32)
