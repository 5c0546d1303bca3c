"""Normalises and tests the distinct values of one identity type (SEMANTICS 1)."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.texts import text_buffers
from idweave.transforms.columnar.arrays.types import Bytes, Flags
from idweave.transforms.columnar.codes import RULE
from idweave.transforms.columnar.identities.junk import is_junk, junk_names, matches_whole
from idweave.transforms.columnar.identities.text_steps import apply_step

_FEW = 2_000  # values: to judge them all takes less than to load the kernel


class IdentityTests(NamedTuple):
    """What is done with the values of one identity type."""

    normalise: tuple[str, ...]  # names of text_steps.STEP_NAMES, in this order
    blocked: tuple[str, ...]
    blocked_defaults: bool
    pattern: str | None  # RE2, the whole value
    max_length: int  # code points
    blocked_patterns: tuple[str, ...] = ()  # RE2, the whole value, ignoring case


class Normalised(NamedTuple):
    """What became of ``n`` values."""

    value: pa.Array  # [n] string, null where absent or refused
    rule: Bytes  # [n] index into RULES: why it was refused; 0: kept, or absent


def normalise_values(values: pa.Array, tests: IdentityTests) -> Normalised:
    """Normalise and test values; the first test that fails counts.

    Args:
        values: [n] distinct raw texts, no nulls. One that is empty after trim is absent.
    """
    value = values
    for step in tests.normalise:
        value = apply_step(value, step)
    at = np.arange(len(values))
    if tests.pattern is None and not tests.blocked_patterns:
        may_fail = _may_fail(values, tests)
        if value is not values:
            may_fail |= _may_fail(value, tests)
        at = np.flatnonzero(may_fail)
    rule, lost = np.zeros(len(values), np.int8), np.zeros(len(values), bool)
    if len(at):
        places = pa.array(at)
        rule[at], lost[at] = _judge(values.take(places), value.take(places), tests)
    return Normalised(_without(value, lost) if lost.any() else value, rule)


def _may_fail(values: pa.Array, tests: IdentityTests) -> Flags:
    """[n] all but the usual: plain ASCII that can be no junk, without blanks, not too long."""
    if values.null_count or len(values) < _FEW:
        return np.ones(len(values), bool)
    start, data = text_buffers(values)
    names = [name.encode() for name in junk_names(tests.blocked, tests.blocked_defaults)]
    fits = np.zeros((256, max(map(len, names), default=0) + 1), bool)
    for name in names:  # a few; those that are no ASCII equal nothing that is
        fits[list(name[:1] + name[:1].upper()), len(name)] = True
    flags: Flags = _unusual(start, data, fits, tests.blocked_defaults, tests.max_length)
    return flags


@kernel
def _unusual(start, data, fits, zeros, most):  # type: ignore[no-untyped-def]
    """Args: fits: [256, lengths] first byte and length are those of junk; zeros: so are 0 and -."""
    out = np.zeros(len(start) - 1, np.bool_)
    for i in range(len(out)):
        low, high = start[i], start[i + 1]
        size = high - low
        if size > most or size == 0 or (size < fits.shape[1] and fits[data[low], size]):
            out[i] = True
            continue
        only_zeros = zeros
        for at in range(low, high):
            byte = data[at]
            if byte <= 32 or byte >= 127:
                only_zeros = True
                break
            only_zeros &= (byte == 45) | (byte == 48)
        out[i] = only_zeros
    return out


def _judge(values: pa.Array, value: pa.Array, tests: IdentityTests) -> tuple[Bytes, Flags]:
    """Test values before and after their normalisers: why refused, and what is left out."""
    rule = np.zeros(len(values), np.int8)
    absent = _empty(pc.utf8_trim_whitespace(values))
    _refuse(rule, _missing(value) | _empty(pc.utf8_trim_whitespace(value)), "not_normalisable")
    _refuse(rule, _is_blocked(value, tests), "blocked")
    if tests.pattern is not None:
        _refuse(rule, ~matches_whole(value, tests.pattern) & ~_missing(value), "pattern")
    length = pc.utf8_length(value).fill_null(0).to_numpy()
    _refuse(rule, length > tests.max_length, "too_long")
    rule[absent] = 0
    return rule, absent | (rule != 0)


def _is_blocked(value: pa.Array, tests: IdentityTests) -> Flags:
    return is_junk(value, tests.blocked, tests.blocked_defaults, tests.blocked_patterns)


def _refuse(rule: Bytes, failed: Flags, name: str) -> None:
    rule[failed & (rule == 0)] = RULE[name]


def _missing(values: pa.Array) -> Flags:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), bool)


def _empty(values: pa.Array) -> Flags:
    empty = pc.equal(pc.binary_length(values), 0).fill_null(False)
    return np.asarray(empty.to_numpy(zero_copy_only=False), bool)


def _without(values: pa.Array, lost: Flags) -> pa.Array:
    return pc.if_else(pa.array(lost), pa.scalar(None, values.type), values)
