"""Makes one attribute of profiles by its rule, and says which record it is from (SEMANTICS 8)."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import factorise_pairs
from idweave.transforms.columnar.arrays.texts import byte_ranks
from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.columnar.attributes.candidates import Candidates, Records, candidates
from idweave.transforms.columnar.attributes.choose import (
    deciding_row,
    extreme_row,
    first_row,
    last_row,
    most_frequent_row,
    whole_sums,
)
from idweave.transforms.columnar.attributes.rules import FLAGS, AttributeRule
from idweave.transforms.columnar.gathering.piece import texts_of


class Made(NamedTuple):
    """One attribute of ``p`` profiles."""

    values: pa.Array  # [p] of the rule's column, null where there is none
    row: Longs  # [p] the observation that is the evidence, or -1
    candidates: Longs  # [p] how many values counted
    unfit: Longs  # observations whose value can't be cast
    too_large: int = 0  # sums that 64 bits can't hold, which are null


def apply_rule(records: Records, rule: AttributeRule) -> Made:
    """Make an attribute."""
    found = candidates(records, rule)
    count = np.bincount(found.profile, minlength=records.profiles).astype(np.int64)
    nobody = np.full(records.profiles, -1, np.int64)
    if rule.rule == "count":
        return Made(pa.array(count), nobody, count, found.unfit)
    if rule.rule == "sum":
        values, too_large = _sums(records, rule, found, count)
        return Made(values, nobody, count, found.unfit, too_large)
    if rule.rule == "collect":
        return Made(_collected(records, rule, found), nobody, count, found.unfit)
    if rule.rule in FLAGS:
        wanted = rule.rule == "any_true"
        flags = _numbers(_values(records, rule, found.row))
        row, decided = deciding_row(found.profile, found.row, flags, wanted, records.profiles)
        values = pa.array(decided == wanted, mask=count == 0)
        return Made(values, row, count, found.unfit)
    row = _chosen(records, rule, found)
    return Made(_values(records, rule, row), row, count, found.unfit)


def _chosen(records: Records, rule: AttributeRule, found: Candidates) -> Longs:
    """[p] the record that a rule takes the value of."""
    given = found.profile, found.row
    row: Longs
    if rule.rule == "newest":
        row = last_row(*given, records.profiles)
    elif rule.rule == "oldest":
        row = first_row(*given, records.profiles)
    elif rule.rule == "most_frequent":
        profile, _, count, last = _distinct(records, rule, found)
        row = most_frequent_row(profile, count, last, records.profiles)
    else:
        values = _comparable(_values(records, rule, found.row))
        row = extreme_row(*given, values, rule.rule == "max", records.profiles)
    return row


def _values(records: Records, rule: AttributeRule, row: Longs) -> pa.Array:
    """The values of some observations; -1 is null."""
    if rule.source is None:
        raise AssertionError("nothing but `count` is made of records without values")
    if rule.casts:
        return texts_of(records.cast(rule.source, rule.kind).values, row)
    return texts_of(records.texts[rule.source], row).cast(pa.string()).cast(rule.kind)


def _numbers(values: pa.Array) -> NDArray[Any]:
    """Values as numbers that kernels know; none is null."""
    kind = values.type
    if pa.types.is_boolean(kind) or pa.types.is_floating(kind):
        return np.asarray(values.to_numpy(zero_copy_only=False))
    if pa.types.is_date32(kind):
        values = values.cast(pa.int32())
    return np.asarray(values.cast(pa.int64()).to_numpy())


def _comparable(values: pa.Array) -> NDArray[Any]:
    """[c] numbers in the order of the values; texts by their bytes."""
    if not pa.types.is_string(values.type):
        return _numbers(values)
    coded = values.dictionary_encode()
    return np.asarray(byte_ranks(coded.dictionary)[coded.indices.to_numpy()])


class _Distinct(NamedTuple):
    """The distinct values of each profile: ``d`` pairs."""

    profile: Longs  # [d]
    value: Longs  # [d] a code
    records: Longs  # [d] how many have it
    last: Longs  # [d] the last observation with it


def _distinct(records: Records, rule: AttributeRule, found: Candidates) -> _Distinct:
    values = _values(records, rule, found.row).dictionary_encode().indices.to_numpy()
    pairs = factorise_pairs(found.profile.astype(np.int64), values.astype(np.int64))
    distinct = len(pairs.first)
    count = np.bincount(pairs.code, minlength=distinct).astype(np.int64)
    last = last_row(pairs.code, found.row, distinct)
    return _Distinct(
        found.profile[pairs.first].astype(np.int64), values[pairs.first].astype(np.int64), count,
        last,
    )  # fmt: skip


def _collected(records: Records, rule: AttributeRule, found: Candidates) -> pa.Array:
    """[p] the distinct values of each, last seen first, so many at most; null: none."""
    pairs = _distinct(records, rule, found)
    order = np.lexsort((-pairs.last, pairs.profile))
    profile = pairs.profile[order]
    begin = np.searchsorted(profile, profile)  # where its profile begins
    kept = order[np.arange(len(order)) - begin < rule.limit]
    sizes = np.bincount(pairs.profile[kept], minlength=records.profiles)
    start = np.concatenate([[0], np.cumsum(sizes)])
    mask = np.append(sizes == 0, False)
    items = _values(records, rule, pairs.last[kept])
    return pa.ListArray.from_arrays(pa.array(start, pa.int32(), mask=mask), items, type=rule.column)


def _sums(
    records: Records, rule: AttributeRule, found: Candidates, count: Longs
) -> tuple[pa.Array, int]:
    """[p] sums, and how many don't fit."""
    numbers = _numbers(_values(records, rule, found.row))
    if rule.kind == pa.float64():
        # it adds one after another; of nothing it makes whole numbers
        total = np.bincount(found.profile, numbers, records.profiles).astype(np.float64)
        return pa.array(total, mask=count == 0), 0
    total, fits = whole_sums(found.profile, numbers, records.profiles)
    return pa.array(total, mask=~fits | (count == 0)), int(np.count_nonzero(~fits))
