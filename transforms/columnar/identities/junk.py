"""Junk values: what fields hold when nobody filled them in (SEMANTICS 1)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.policies.seam import Flags

DEFAULTS = (
    "null", "undefined", "unknown", "none", "nil", "n/a", "na", "(null)", "not set",
    "not-specified", "anonymous", "guest", "void", "error", "-1",
)  # fmt: skip
_ZEROS = r"^[0-]+$"  # the all-zero UUID, too


def junk_names(blocked: tuple[str, ...], defaults: bool) -> set[str]:
    """The values that are junk, in lower case; with the defaults, zeros and dashes are, too."""
    names = {text.strip().lower() for text in blocked}
    return names | set(DEFAULTS) if defaults else names


def is_junk(values: pa.Array, blocked: tuple[str, ...], defaults: bool) -> Flags:
    """[n] whether a value is blocked, compared after trim and ignoring case.

    Args:
        values: [n] strings, nulls are never junk.
        blocked: configured ones.
        defaults: the common ones, too.
    """
    names = junk_names(blocked, defaults)
    if not names and not defaults:
        return np.zeros(len(values), bool)
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    found = pc.is_in(plain, pa.array(sorted(names), values.type))
    if defaults:
        found = pc.or_(found, pc.match_substring_regex(plain, _ZEROS).fill_null(False))
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)
