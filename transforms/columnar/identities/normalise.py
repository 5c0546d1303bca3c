"""Normalises and tests the distinct values of one identity type (SEMANTICS 1)."""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.texts import text_buffers
from idweave.transforms.columnar.identities.junk import is_junk, junk_names
from idweave.transforms.columnar.identities.normalise_phone import e164
from idweave.transforms.columnar.policies.seam import RULE, Bytes, Flags

_GMAIL = ("gmail.com", "googlemail.com")


class IdentityTests(NamedTuple):
    """What is done with the values of one identity type, in this order."""

    normalise: tuple[str, ...]  # trim lower upper nfc digits e164:REGION gmail
    blocked: tuple[str, ...]
    blocked_defaults: bool
    pattern: str | None  # RE2, the whole value
    max_length: int  # code points


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
        value = _normalise(value, step)
    at = np.arange(len(values))
    if tests.pattern is None:
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
    """[n] all but the usual: plain ASCII that begins like no junk, without blanks, not too long."""
    if values.null_count:
        return np.ones(len(values), bool)
    start, data = text_buffers(values)
    begins = np.zeros(256, bool)
    begins[list(b"0-")] = tests.blocked_defaults
    for name in junk_names(tests.blocked, tests.blocked_defaults):  # a few
        begins[list(name.encode()[:1] + name.upper().encode()[:1])] = True
    flags: Flags = _unusual(start, data, begins, tests.max_length)
    return flags


@kernel
def _unusual(start, data, begins, most):  # type: ignore[no-untyped-def]
    out = np.zeros(len(start) - 1, np.bool_)
    for i in range(len(out)):
        low, high = start[i], start[i + 1]
        if high - low > most or high == low or begins[data[low]]:
            out[i] = True
            continue
        for at in range(low, high):
            if data[at] <= 32 or data[at] >= 127:
                out[i] = True
                break
    return out


def _judge(values: pa.Array, value: pa.Array, tests: IdentityTests) -> tuple[Bytes, Flags]:
    """Test values before and after their normalisers: why refused, and what is left out."""
    rule = np.zeros(len(values), np.int8)
    absent = _empty(pc.utf8_trim_whitespace(values))
    _refuse(rule, _missing(value) | _empty(pc.utf8_trim_whitespace(value)), "not_normalisable")
    _refuse(rule, is_junk(value, tests.blocked, tests.blocked_defaults), "blocked")
    if tests.pattern is not None:
        fits = pc.match_substring_regex(value, rf"\A(?:{tests.pattern})\z").fill_null(True)
        _refuse(rule, ~np.asarray(fits.to_numpy(zero_copy_only=False), bool), "pattern")
    length = pc.utf8_length(value).fill_null(0).to_numpy()
    _refuse(rule, length > tests.max_length, "too_long")
    rule[absent] = 0
    return rule, absent | (rule != 0)


def _refuse(rule: Bytes, failed: Flags, name: str) -> None:
    rule[failed & (rule == 0)] = RULE[name]


def _missing(values: pa.Array) -> Flags:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), bool)


def _empty(values: pa.Array) -> Flags:
    empty = pc.equal(pc.binary_length(values), 0).fill_null(False)
    return np.asarray(empty.to_numpy(zero_copy_only=False), bool)


def _without(values: pa.Array, lost: Flags) -> pa.Array:
    return pc.if_else(pa.array(lost), pa.scalar(None, values.type), values)


def _normalise(values: pa.Array, step: str) -> pa.Array:
    """One step on all values; null stays null."""
    name, _, region = step.partition(":")
    if name == "e164":
        return e164(values, region)
    if name == "trim":
        return pc.utf8_trim_whitespace(values)
    if name == "digits":
        return pc.replace_substring_regex(values, r"[^0-9]+", "")
    if name == "gmail":
        return gmail(values, _GMAIL)
    ascii_kernel, of_one = _TEXT_STEPS[name]
    return ascii_or_python(values, ascii_kernel, of_one)


_TEXT_STEPS: dict[str, tuple[Callable[[pa.Array], pa.Array] | None, Callable[[str], str]]] = {
    "lower": (pc.ascii_lower, str.lower),
    "upper": (pc.ascii_upper, str.upper),
    "nfc": (None, lambda text: unicodedata.normalize("NFC", text)),
}


def ascii_or_python(
    values: pa.Array,
    ascii_kernel: Callable[[pa.Array], pa.Array] | None,
    of_one: Callable[[str], str],
) -> pa.Array:
    """Arrow's kernel for ASCII, Python's full Unicode mapping for the rest.

    Args:
        ascii_kernel: None: ASCII stays as it is.
    """
    other = ~np.asarray(pc.string_is_ascii(values).fill_null(True).to_numpy(zero_copy_only=False))
    plain = values if ascii_kernel is None else ascii_kernel(values)
    if not other.any():
        return plain
    mask = pa.array(other)
    # bounded by the distinct values that are not ASCII
    changed = [of_one(text) for text in values.filter(mask).to_pylist()]
    return pc.replace_with_mask(plain, mask, pa.array(changed, plain.type))


def gmail(values: pa.Array, domains: tuple[str, ...]) -> pa.Array:
    """Remove dots and `+…` of the local part at some domains; null where nothing is left of it."""
    at = pc.find_substring_regex(values, r"@[^@]*\z").fill_null(-1).to_numpy()
    domain = pc.utf8_lower(pc.replace_substring_regex(values, r"(?s)\A.*@", ""))
    known = pc.is_in(domain, pa.array(domains, domain.type)).to_numpy(zero_copy_only=False)
    of_gmail: NDArray[np.bool_] = (at >= 0) & known
    if not of_gmail.any():
        return values
    mask = pa.array(of_gmail)
    own = values.filter(mask)
    host = pc.replace_substring_regex(own, r"(?s)\A.*@", "")
    local = pc.replace_substring_regex(own, r"@[^@]*\z", "")
    local = pc.replace_substring_regex(local, r"(?s)\+.*", "")
    local = pc.replace_substring(local, ".", "")
    joined = pc.binary_join_element_wise(local, host, "@")
    left = _without(joined, _empty(local))
    return pc.replace_with_mask(values, mask, left)
