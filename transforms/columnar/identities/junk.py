"""Junk values: what fields hold when nobody filled them in (SEMANTICS 1)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.identities.text_steps import casefold

DEFAULTS = (
    "null", "undefined", "unknown", "none", "nil", "n/a", "na", "(null)", "not set",
    "not-specified", "anonymous", "guest", "void", "error", "-1", r"\n", "nan", "<na>", "<null>",
    "(none)", "(not set)", "[object object]", "not available",
    "d41d8cd98f00b204e9800998ecf8427e",  # MD5 of nothing
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",  # SHA-1 of nothing
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # SHA-256 of nothing
)  # fmt: skip
_ZEROS = "[0-]+"  # the all-zero UUID, too


def junk_names(blocked: tuple[str, ...], defaults: bool) -> set[str]:
    """The values that are junk, trimmed and case folded; the defaults' zeros and dashes aside."""
    names = {text.strip().casefold() for text in blocked}
    return names | set(DEFAULTS) if defaults else names


def is_junk(
    values: pa.Array, blocked: tuple[str, ...], defaults: bool, patterns: tuple[str, ...] = ()
) -> Flags:
    """[n] whether a value is blocked, compared after trim and ignoring case.

    Args:
        values: [n] strings, nulls are never junk.
        blocked: configured ones.
        defaults: the common ones, too.
        patterns: RE2, each for whole values.
    """
    names = junk_names(blocked, defaults)
    trimmed = pc.utf8_trim_whitespace(values)
    found = np.zeros(len(values), bool)
    if names:
        known = pc.is_in(casefold(trimmed), pa.array(sorted(names), values.type))
        found |= np.asarray(known.to_numpy(zero_copy_only=False), bool)
    for pattern in (*patterns, *((_ZEROS,) if defaults else ())):
        found |= matches_whole(trimmed, pattern, ignore_case=True)
    return found


def matches_whole(values: pa.Array, pattern: str, ignore_case: bool = False) -> Flags:
    """[n] whether a pattern of RE2 matches a value from end to end; null matches nothing."""
    whole = rf"\A(?:{pattern})\z"
    found = pc.match_substring_regex(values, whole, ignore_case=ignore_case).fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)
