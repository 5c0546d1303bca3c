"""From the records of a unit to its observations: tested identities, numbered."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import Hashes, factorise
from idweave.transforms.columnar.arrays.siphash import hash_strings
from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.codes import BAD_VALUE, NO_VALUE, RULE
from idweave.transforms.columnar.identities.assemble import assemble
from idweave.transforms.columnar.identities.normalise import IdentityTests, normalise_values
from idweave.transforms.columnar.reading.records import Changes, Records, Values

Key = tuple[int, int]
_WRONG_TYPE = RULE["wrong_type"]


class Refused(NamedTuple):
    """Values that are no identity of their record, by type and row."""

    row: Ints
    type: NDArray[np.int16]
    value: pa.Array
    rule: Bytes


class ObservedChanges(NamedTuple):
    """Changes of `modify`: values as places in the unit's list of identities."""

    row: Ints
    type: NDArray[np.int16]  # identity type, or -1: no configured one
    type_name: pa.Array  # as written
    text: pa.Array  # the new value, else the old one, as written (normalised if it can be)
    old: Ints  # identity, NO_VALUE or BAD_VALUE
    new: Ints


class Observed(NamedTuple):
    """The observations of ``n`` records with ``k`` distinct identities."""

    start: Longs  # [n + 1]
    identity: Ints  # [e] ascending and distinct within a record
    too_many: Flags  # [n] refused for its number of identities: it has no entries
    type: NDArray[np.int16]  # [k] ascending
    hash: Hashes  # [k, 2] keyed, by type and value
    value: pa.Array  # [k]
    refused: Refused
    changes: ObservedChanges
    carried_row: Ints  # [v] record of each value that passed its tests ...
    carried: Ints  # [v] ... and its identity, also where there are too many


class _Tested(NamedTuple):
    """The values of one type after the tests."""

    code: Ints  # [v] place among the kept values, or -1: absent or refused
    rule: Bytes  # [v]
    hash: Hashes  # [k, 2]
    value: pa.Array  # [k]


def type_key(run_key: bytes, type_name: str) -> Key:
    """The hash key of an identity type: 128 bits, another for each run and type."""
    digest = hashlib.blake2b(type_name.encode(), key=run_key, digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def observe(
    records: Records,
    tests: Mapping[int, IdentityTests],
    keys: Mapping[int, Key],
    most_identities: int,
) -> Observed:
    """Test and number the identity values of the records of one unit (SEMANTICS 1).

    `tests` and `keys` are by type; a record with more than `most_identities` is refused.
    """
    changes = records.changes
    by_type = {values.type: values for values in records.values}
    types = sorted(set(by_type) | {int(t) for t in np.unique(changes.type) if t >= 0})
    old, new = np.full((2, len(changes.row)), NO_VALUE, np.int32)
    parts: list[_OfType] = []
    base = 0
    for kind in types:
        carried = by_type.get(kind)
        of_kind = np.flatnonzero(changes.type == kind)
        tested = _test(_all_values(carried, changes, of_kind), tests[kind], keys[kind])
        parts.append(_of_type(kind, carried, tested, base))
        if len(of_kind):
            bad = changes.wrong[of_kind].T.ravel()
            values = _changed_values(tested, bad, base)
            old[of_kind], new[of_kind] = values[: len(of_kind)], values[len(of_kind) :]
        base += len(tested.hash)
    return _observed(records, parts, _observed_changes(changes, old, new), most_identities)


class _OfType(NamedTuple):
    """The identities of one type, and who carries them."""

    type: int
    row: Ints  # [v]
    code: Ints  # [v] identity of the unit
    hash: Hashes  # [k, 2]
    value: pa.Array  # [k]
    refused: Refused | None  # None: no record carries the type


def _observed(
    records: Records, parts: list[_OfType], changes: ObservedChanges, most_identities: int
) -> Observed:
    """The identities of all types together, gathered by record."""
    row = _joined([part.row for part in parts], np.int32)
    code = _joined([part.code for part in parts], np.int32)
    start, identity, too_many = assemble(row, code, len(records.position), most_identities)
    return Observed(
        start,
        identity,
        too_many,
        _joined([np.full(len(part.hash), part.type, np.int16) for part in parts], np.int16),
        np.concatenate([part.hash for part in parts]) if parts else np.empty((0, 2), np.uint64),
        concat_texts([part.value for part in parts]),
        _join_refused([part.refused for part in parts if part.refused is not None]),
        changes,
        row,
        code,
    )


def _of_type(kind: int, carried: Values | None, tested: _Tested, base: int) -> _OfType:
    """What records carry of one type; its identities are numbered from `base`."""
    if carried is None:
        none = np.empty(0, np.int32)
        return _OfType(kind, none, none, tested.hash, tested.value, None)
    wrong = carried.wrong.any()
    row = carried.row[~carried.wrong] if wrong else carried.row
    code = tested.code[: len(row)]
    if not (kept := code >= 0).all():
        row, code = row[kept], code[kept]
    refused = _refused(carried, tested, int(len(carried.row) - carried.wrong.sum()))
    return _OfType(kind, row, code + base, tested.hash, tested.value, refused)


def _changed_values(tested: _Tested, wrong: Flags, base: int) -> NDArray:
    """[2 c] old, then new values of changes, which were tested last, as identities of the unit."""
    code = tested.code[len(tested.code) - len(wrong) :]
    bad = wrong | (tested.rule[len(tested.rule) - len(wrong) :] != 0)
    return np.where(bad, BAD_VALUE, np.where(code >= 0, code + base, NO_VALUE))


def _joined(arrays: list[NDArray], dtype: type) -> NDArray:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype)


def _all_values(carried: Values | None, changes: Changes, of_kind: NDArray) -> pa.Array:
    """The values to test: those that records carry, then old ones, then new ones of changes."""
    parts = []
    if carried is not None:
        wrong = carried.wrong.any()
        parts.append(carried.value.filter(pa.array(~carried.wrong)) if wrong else carried.value)
    if len(of_kind):
        parts += [changes.old.take(of_kind).fill_null(""), changes.new.take(of_kind).fill_null("")]
    return parts[0] if len(parts) == 1 else concat_texts(parts)


def _test(values: pa.Array, tests: IdentityTests, key: Key) -> _Tested:
    """Normalise and test the distinct values, then number what is left."""
    raw_hash = hash_strings(values, key)
    raw_code, first = factorise(raw_hash)
    raw = values if len(first) == len(values) else values.take(pa.array(first))
    result = normalise_values(raw, tests)
    rule = np.zeros(len(values), np.int8)
    if result.rule.any():
        rule = result.rule.take(raw_code)
    kept = np.asarray(result.value.is_valid().to_numpy(zero_copy_only=False))
    whole = bool(kept.all())
    value = result.value if whole else result.value.drop_null()
    if not tests.normalise or value.equals(raw if whole else raw.filter(pa.array(kept))):
        # as they were read: distinct, and hashed already
        code, hashes = np.arange(len(value), dtype=np.int32), raw_hash.take(first[kept], axis=0)
        if whole:
            return _Tested(raw_code, rule, hashes, value)
    else:
        hashes = hash_strings(value, key)
        code, first_kept = factorise(hashes)
        hashes, value = hashes.take(first_kept, axis=0), value.take(pa.array(first_kept))
    of_raw = np.full(len(kept), -1, np.int32)
    of_raw[kept] = code
    return _Tested(of_raw.take(raw_code), rule, hashes, value)


def _refused(carried: Values, tested: _Tested, count: int) -> Refused:
    """The values of one type that the tests refused, and those of a wrong type."""
    failed = np.flatnonzero(tested.rule[:count])
    wrong = np.flatnonzero(carried.wrong)
    if not len(failed) and not len(wrong):
        none = np.empty(0, np.int32)
        return Refused(none, none.astype(np.int16), concat_texts([]), none.astype(np.int8))
    right = np.flatnonzero(~carried.wrong)
    place = np.concatenate([right[failed], wrong])
    rule = np.concatenate([tested.rule[failed], np.full(len(wrong), _WRONG_TYPE, np.int8)])
    kind = np.full(len(place), carried.type, np.int16)
    return Refused(carried.row[place], kind, carried.value.take(pa.array(place)), rule)


def _join_refused(parts: list[Refused]) -> Refused:
    """All refused values by record, then type."""
    row = _joined([part.row for part in parts], np.int32)
    order = np.argsort(row, kind="stable")
    kind = _joined([part.type for part in parts], np.int16)
    rule = _joined([part.rule for part in parts], np.int8)
    value = concat_texts([part.value for part in parts if len(part.row)])
    if len(order):
        value = value.take(pa.array(order))
    return Refused(row[order], kind[order], value, rule[order])


def _observed_changes(changes: Changes, old: Ints, new: Ints) -> ObservedChanges:
    """The changes that change anything; the text is the new value, else the old."""
    new_there, old_there = _is_text(changes.new), _is_text(changes.old)
    text = pc.if_else(pa.array(new_there), changes.new, changes.old)
    kept = new_there | old_there
    mask = pa.array(kept)
    return ObservedChanges(
        changes.row[kept],
        changes.type[kept],
        changes.type_name.filter(mask),
        text.filter(mask),
        old[kept],
        new[kept],
    )


def _is_text(values: pa.Array) -> Flags:
    """[n] whether there is more than blanks."""
    full = pc.not_equal(pc.utf8_trim_whitespace(values), "").fill_null(False)
    return np.asarray(full.to_numpy(zero_copy_only=False), bool)
