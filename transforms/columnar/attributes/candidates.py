"""Which values of which records may make an attribute, in the order of SEMANTICS 8."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.attributes.cast_texts import Cast, cast_texts
from idweave.transforms.columnar.attributes.fold import fold
from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.columnar.reading.records import NO_TIME


@dataclass
class Records:
    """The ``n`` observations of some profiles in order, with what they say of attributes."""

    profile: Ints  # [n] -1: of none
    profiles: int
    time: Longs  # [n] microseconds, or NO_TIME
    source: Ints  # [n] place of its source
    texts: Mapping[str, pa.Array]  # [n] attributes that sources map, as read
    as_of: int  # microseconds
    _casts: dict[tuple[str, pa.DataType], Cast] = field(default_factory=dict)

    def cast(self, name: str, kind: pa.DataType) -> Cast:
        """An attribute's texts as a type; made once for all rules."""
        if (name, kind) not in self._casts:
            self._casts[name, kind] = cast_texts(self.texts[name], kind)
        return self._casts[name, kind]


class Candidates(NamedTuple):
    """The ``c`` records whose values count, and what could not be cast."""

    row: Longs  # [c] ascending
    profile: Ints  # [c]
    unfit: Longs  # rows of assigned records whose value can't be cast, ascending


def candidates(records: Records, rule: AttributeRule) -> Candidates:
    """Find the candidates of a rule."""
    taken = records.profile >= 0
    unfit = np.empty(0, np.int64)
    if rule.source is not None:
        text = records.texts[rule.source]
        if text.null_count:
            taken &= _flags(text.is_valid())
        if rule.ignore:
            taken &= ~_is_one_of(text, rule.ignore)
        if rule.casts:
            wrong = records.cast(rule.source, rule.kind).unfit
            unfit = np.flatnonzero(taken & wrong)
            taken &= ~wrong
    for name, allowed in rule.where:
        text = records.texts[name]
        taken &= _flags(pc.is_in(text, pa.array(allowed, text.type)))
    if rule.within is not None:
        # NO_TIME is below all bounds
        since = max(records.as_of - rule.within, NO_TIME)
        taken &= (records.time > since) & (records.time <= records.as_of)
    row = np.flatnonzero(taken)
    profile = records.profile[row]
    if rule.prefer:
        rank_of = np.full(int(records.source.max(initial=0)) + 1, len(rule.prefer), np.int32)
        for rank, place in reversed(list(enumerate(rule.prefer))):
            if place < len(rank_of):
                rank_of[place] = rank
        best = _preferred(profile, rank_of[records.source[row]], records.profiles)
        row, profile = row[best], profile[best]
    return Candidates(row, profile, unfit)


def _flags(values: pa.Array) -> Flags:
    return np.asarray(values.to_numpy(zero_copy_only=False), bool)


def _is_one_of(text: pa.Array, names: tuple[str, ...]) -> Flags:
    """[n] whether a text is one of some, trimmed and without case; each distinct one once."""
    coded = text.dictionary_encode()
    known = fold(coded.dictionary)
    found = np.append(_flags(pc.is_in(known, pa.array(names, known.type))), False)
    return np.asarray(found[coded.indices.fill_null(len(known)).to_numpy()])


@kernel
def _preferred(profile, rank, profiles):  # type: ignore[no-untyped-def]
    """[c] whether the record's source is the first of those that its profile has."""
    best = np.full(profiles, 2**31 - 1, np.int32)
    for i in range(len(profile)):
        best[profile[i]] = min(best[profile[i]], rank[i])
    out = np.empty(len(profile), np.bool_)
    for i in range(len(profile)):
        out[i] = rank[i] == best[profile[i]]
    return out
