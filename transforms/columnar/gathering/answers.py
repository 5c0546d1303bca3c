"""What the units are told of the records that they gathered."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.codes import REASON, REFUSED
from idweave.transforms.columnar.gathering.piece import Piece
from idweave.transforms.columnar.policies.seam import Resolution


class Answers(NamedTuple):
    """What became of ``m`` gathered records, by unit."""

    start: Longs  # [units + 1]; of several pieces: [pieces, units + 1]
    row: Ints  # [m] of the unit
    status: Bytes  # [m]
    reason: Bytes  # [m]
    has_profile: Flags  # [m]
    digest: Hashes  # [m, 2] of the profile, 0 where there is none
    has_alias: Flags  # [m], or nothing: the strategy has no aliases
    alias: Hashes  # [m, 2] of the known profile whose past the record is, or nothing


def refused_answers(unit: Ints, row: Ints, units: int, aliases: bool) -> Answers:
    """The answers on gathered records that were all refused.

    Args:
        unit: [m] place of the unit, ascending.
        row: [m] of the unit.
        units: how many there are.
        aliases: whether the strategy has such.
    """
    rows = len(row)
    return Answers(
        np.searchsorted(unit, np.arange(units + 1)).astype(np.int64),
        row,
        np.full(rows, REFUSED, np.int8),
        np.full(rows, REASON["two_values_of_unique_type"], np.int8),
        np.zeros(rows, bool),
        np.zeros((rows, 2), np.uint64),
        np.zeros(rows if aliases else 0, bool),
        np.zeros((rows if aliases else 0, 2), np.uint64),
    )


def resolved_answers(
    refused: Answers, piece: Piece, found: Resolution, digest: Hashes, of_row: Ints | None
) -> Answers:
    """The answers of a policy, put in place of the refusal of those records that it saw.

    Args:
        refused: the answers if all were refused.
        piece: what the policy saw.
        found: its answer.
        digest: [profiles, 2] their ids.
        of_row: [n] of each observation the known profile whose past it is, or -1.
    """
    profile = np.full(len(refused.row), -1, np.int32)
    profile[piece.order] = found.profile
    refused.status[piece.order], refused.reason[piece.order] = found.status, found.reason
    has_profile = profile >= 0
    refused.digest[has_profile] = digest.take(profile[has_profile], axis=0)
    if of_row is not None:
        known = np.full(len(refused.row), -1, np.int32)
        known[piece.order] = of_row
        refused.has_alias[:] = known >= 0
        refused.alias[refused.has_alias] = digest[known[refused.has_alias]]
    return refused._replace(has_profile=has_profile)


def join_answers(pieces: Sequence[Answers]) -> Answers:
    """The answers of several pieces one after another; there is at least one."""
    before = np.cumsum([0] + [len(piece.row) for piece in pieces[:-1]], dtype=np.int64)
    start, *columns = zip(*pieces, strict=True)
    return Answers(
        np.stack(start) + before[:, None], *(np.concatenate(column) for column in columns)
    )
