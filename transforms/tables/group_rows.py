"""What groups are made of: of each profile its values, and its attributes as texts."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.attributes.fold import fold
from idweave.transforms.columnar.reading.read_text import texts
from idweave.transforms.tables.plans import GroupPlan
from idweave.transforms.tables.resolved_piece import ResolvedPiece

GROUP_ROWS = "group_rows"  # waits for lasting ids under this name and that of the kind of group
VALUES = "values"
ATTRIBUTE = "attribute."  # begins the name of the column of each
_VALUES = pa.list_(pa.large_string())


def group_rows(piece: ResolvedPiece, plan: GroupPlan) -> pa.Table:
    """[p] the id of each profile, the place of its scope, its distinct values of `by`, folded."""
    columns = {
        "profile_id": piece.profile_ids,
        "scope": pa.array(piece.scope_of[piece.resolution.profile_component]),
        VALUES: _of_identities(piece, plan) if plan.type >= 0 else _of_attribute(piece, plan),
    }
    made = piece.attributes if plan.rules else {}
    columns |= {ATTRIBUTE + rule.name: texts(made[rule.name].values).text for rule in plan.rules}
    return pa.table(columns)


def _of_attribute(piece: ResolvedPiece, plan: GroupPlan) -> pa.Array:
    value = texts(piece.attributes[plan.attribute].values).text
    profile = np.flatnonzero(value.is_valid().to_numpy(zero_copy_only=False)).astype(np.int32)
    return _lists(profile, value.drop_null(), len(piece.profile_ids))


def _of_identities(piece: ResolvedPiece, plan: GroupPlan) -> pa.Array:
    place = piece.piece.place[piece.listed.identity]
    at = np.flatnonzero(piece.read.type[place] == plan.type)
    value = piece.read.value.take(pa.array(place[at]))
    return _lists(piece.listed.profile[at], value, len(piece.profile_ids))


def _lists(profile: Ints, value: pa.Array, profiles: int) -> pa.Array:
    """[profiles] lists of the values of each, each once.

    Args:
        profile: [e]
        value: [e] texts, none null.
    """
    coded = value.dictionary_encode()
    known = fold(coded.dictionary).dictionary_encode()
    code = known.indices.to_numpy()[coded.indices.to_numpy()].astype(np.int64)
    order = np.lexsort((code, profile))
    of, code = np.asarray(profile)[order], code[order]
    once = np.ones(len(of), bool)
    once[1:] = (of[1:] != of[:-1]) | (code[1:] != code[:-1])
    start = np.zeros(profiles + 1, np.int32)
    start[1:] = np.cumsum(np.bincount(of[once], minlength=profiles))
    found = known.dictionary.take(pa.array(code[once])).cast(pa.large_string())
    return pa.ListArray.from_arrays(pa.array(start), found, type=_VALUES)
