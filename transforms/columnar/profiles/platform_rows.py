"""One platform's rows: pick a value of each accepted type, normalise it, encode it."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import byte_ranks
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.profiles.encode import encode
from idweave.transforms.columnar.profiles.normalise_platform import normalise_platform

VALUES = pa.list_(pa.field("element", pa.string(), nullable=False))  # of `pick: all`


class PlatformColumn(NamedTuple):
    """How one identity type is written."""

    type: int
    name: str
    normalise: str | None
    kind: str  # email | phone | name | id
    encoding: str
    region: str | None
    pick: str  # latest | first | all
    hashed: bool  # already: written as it is
    other: bool  # an identity typed `other…`: written as it is


class Held(NamedTuple):
    """``h`` identities of profiles."""

    profile: Ints
    type: NDArray[np.int16]
    value: pa.Array
    first_seen: Longs  # NO_TIME where none
    last_seen: Longs


class Refused(NamedTuple):
    """Values that the platform's normaliser can't take."""

    profile: Ints
    held: Longs  # which of the identities


class PlatformRows(NamedTuple):
    """``r`` rows, one a profile, ascending."""

    profile: Ints
    columns: dict[str, pa.Array]
    refused: Refused
    left_out: int  # profiles without a row


class _Column(NamedTuple):
    values: pa.Array  # [p]
    there: Flags  # [p]
    refused: Refused


def platform_rows(
    held: Held, columns: tuple[PlatformColumn, ...], require: tuple[str | int, ...], profiles: int
) -> PlatformRows:
    """Make the rows of a platform (SEMANTICS 5).

    Args:
        held: of ``p`` = `profiles` profiles.
        require: types that a row must have, or `any`; a row always has at least one identity.
    """
    rank = byte_ranks(held.value)  # among equal times the smallest wins
    made = [_column(held, column, rank, profiles) for column in columns]
    kept = np.zeros(profiles, bool)
    for column in made:
        kept |= column.there
    for kind in require:
        if kind != "any":
            of_kind = [m.there for m, c in zip(made, columns, strict=True) if c.type == kind]
            kept &= np.logical_or.reduce(of_kind)
    profile = np.flatnonzero(kept).astype(np.int32)
    places = pa.array(profile)
    refused = Refused(
        np.concatenate([m.refused.profile for m in made]),
        np.concatenate([m.refused.held for m in made]),
    )
    written = {c.name: m.values.take(places) for m, c in zip(made, columns, strict=True)}
    return PlatformRows(profile, written, refused, profiles - len(profile))


def _column(held: Held, column: PlatformColumn, rank: Longs, profiles: int) -> _Column:
    of_type = np.flatnonzero(held.type == column.type)
    profile = held.profile[of_type]
    if column.pick == "all":
        order = np.lexsort((rank[of_type], profile))
    elif column.pick == "first":
        order = np.lexsort((rank[of_type], held.first_seen[of_type], profile))
    else:
        order = np.lexsort((rank[of_type], -_finite(held.last_seen[of_type]), profile))
    place = of_type[order]
    if column.pick != "all":
        first = np.ones(len(place), bool)
        first[1:] = held.profile[place[1:]] != held.profile[place[:-1]]
        place = place[first]
    values = _written(held.value.take(pa.array(place)), column)
    taken = np.asarray(values.is_valid().to_numpy(zero_copy_only=False), bool)
    refused = Refused(held.profile[place[~taken]], place[~taken])
    place, values = place[taken], values.filter(pa.array(taken))
    there = np.zeros(profiles, bool)
    there[held.profile[place]] = True
    if column.pick == "all":
        return _Column(_lists(values, held.profile[place], profiles), there, refused)
    where = np.full(profiles, -1, np.int64)
    where[held.profile[place]] = np.arange(len(place))
    indices = pa.array(np.maximum(where, 0), mask=where < 0)
    return _Column(values.take(indices), there, refused)


def _finite(time: Longs) -> Longs:
    """Times that can be negated: no time stays the smallest."""
    return np.maximum(time, np.iinfo(np.int64).min + 1)


def _written(values: pa.Array, column: PlatformColumn) -> pa.Array:
    """Normalised and encoded, each distinct value once; null: it can't be."""
    if column.hashed or column.other:
        return values
    distinct = values.dictionary_encode()
    out = distinct.dictionary
    if column.normalise is not None:
        out = normalise_platform(out, column.normalise, column.kind, column.region)
    return encode(out, column.encoding).take(distinct.indices)


def _lists(values: pa.Array, profile: Ints, profiles: int) -> pa.Array:
    """Each profile's distinct values, sorted by what is written; null where it has none."""
    code = values.dictionary_encode()
    rank = byte_ranks(code.dictionary)
    pairs = np.unique(np.stack([profile, rank[code.indices.to_numpy()]], axis=1), axis=0)
    texts = code.dictionary.sort().take(pa.array(pairs[:, 1]))
    counts = np.bincount(pairs[:, 0], minlength=profiles)
    starts = np.concatenate([[0], np.cumsum(counts)])
    mask = np.append(counts == 0, False)
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32(), mask=mask), texts, type=VALUES)
