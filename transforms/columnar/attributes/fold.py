"""Texts as rules compare them: trimmed, without case (SEMANTICS 8)."""

import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.identities.text_steps import casefold


def fold(texts: pa.Array) -> pa.Array:
    """Texts without Unicode's blanks around them and without case; null stays null.

    Args:
        texts: [n] distinct ones, for the sake of time.
    """
    return casefold(pc.utf8_trim_whitespace(texts))
