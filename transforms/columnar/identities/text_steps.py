"""The normalisers of identity values: each takes distinct texts and gives texts (SEMANTICS 1).

All work on Arrow arrays; Python's own Unicode mappings are asked only for what is not ASCII.
"""

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from idweave.transforms.columnar.identities.normalise_phone import e164

BLANKS = r"[\t-\r\x1c-\x20\x{85}\p{Z}]+"  # what `trim` takes for blanks, too: Unicode's
_GMAIL = ("gmail.com", "googlemail.com")
_NUMBER = re.compile(r"\s*([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,9}))?\s*")
_MOST_DIGITS = 10_000  # of a whole number; an exponent may ask for more than fits


def apply_step(values: pa.Array, step: str) -> pa.Array:
    """Apply one normaliser; null stays null, and is what can't be normalised.

    Args:
        values: [n] distinct strings.
        step: a name of the configuration, `e164:REGION` with its region.
    """
    name, _, region = step.partition(":")
    if name == "e164":
        return e164(values, region)
    return _STEPS[name](values)


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


def lower(values: pa.Array) -> pa.Array:
    """Lower-case letters, Unicode's full mapping."""
    return ascii_or_python(values, pc.ascii_lower, str.lower)


def casefold(values: pa.Array) -> pa.Array:
    """Fold letters so that texts that differ in case alone become equal, `ß` and `SS` too."""
    return ascii_or_python(values, pc.ascii_lower, str.casefold)


def no_blanks(values: pa.Array) -> pa.Array:
    """Take out all blanks."""
    return pc.replace_substring_regex(values, BLANKS, "")


def gmail(values: pa.Array, domains: tuple[str, ...] = _GMAIL) -> pa.Array:
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
    left = pc.if_else(pc.equal(pc.binary_length(local), 0), pa.scalar(None, own.type), joined)
    return pc.replace_with_mask(values, mask, left)


def whole_numbers(values: pa.Array) -> pa.Array:
    """Write numbers that are whole in plain decimal; null where a text is none.

    `007`, `+7`, `7.0` and `0.7E1` all are `7`.
    """
    plain = pc.match_substring_regex(values, r"\A(?:0|-?[1-9][0-9]*)\z").fill_null(True)
    other = ~np.asarray(plain.to_numpy(zero_copy_only=False))
    if not other.any():
        return values
    mask = pa.array(other)
    # bounded by the distinct values that are written otherwise
    written = [_whole_number(text) for text in values.filter(mask).to_pylist()]
    return pc.replace_with_mask(values, mask, pa.array(written, values.type))


def _whole_number(text: str) -> str | None:
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return None
    digits = (match[2] + (match[3] or "")).lstrip("0")
    if not digits:
        return "0"
    shift = int(match[4] or 0) - len(match[3] or "")
    if shift < 0:
        if len(digits) <= -shift or digits[shift:].strip("0"):
            return None
        digits = digits[:shift]
    elif len(digits) + shift > _MOST_DIGITS:
        return None
    else:
        digits += "0" * shift
    return digits if match[1] != "-" else f"-{digits}"


def _form(name: str) -> Callable[[pa.Array], pa.Array]:
    """A Unicode normal form; ASCII is in all of them."""

    def of_one(text: str) -> str:
        return unicodedata.normalize(name, text)  # type: ignore[arg-type]

    return lambda values: ascii_or_python(values, None, of_one)


_STEPS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "trim": pc.utf8_trim_whitespace,
    "lower": lower,
    "upper": lambda values: ascii_or_python(values, pc.ascii_upper, str.upper),
    "casefold": casefold,
    "nfc": _form("NFC"),
    "nfkc": _form("NFKC"),
    "digits": lambda values: pc.replace_substring_regex(values, r"[^0-9]+", ""),
    "integer": whole_numbers,
    "no_blanks": no_blanks,
    "gmail": gmail,
}
STEP_NAMES = (*_STEPS, "e164:REGION")
