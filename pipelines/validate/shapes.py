"""The shape of a value: what it looks like, without what it says."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

_LONGEST = 40  # characters of an example
_EXAMPLES = 2


class Shape(NamedTuple):
    """Values that look alike."""

    shape: str  # runs of letters and digits as one: `a.a@a.a`
    values: int
    examples: tuple[str, ...]  # two at most, masked: `aaaa.aaa@aaaaaaa.aaa`


def masked(value: str) -> str:
    """A value without what it says: a letter is `a`, a capital `A`, a digit `9`, the rest stays."""
    out = []
    for c in value[:_LONGEST]:
        if c.isdigit():
            out.append("9")
        elif c.isalpha():
            out.append("A" if c.isupper() else "a")
        else:
            out.append(c if c.isprintable() else "?")
    return "".join(out) + ("…" if len(value) > _LONGEST else "")


def shape_of(mask: str) -> str:
    """A masked value with each run of one kind as one character."""
    return re.sub(r"([aA9])\1+", r"\1", mask)


def shapes(values: pa.Array, most: int) -> list[Shape]:
    """The commonest shapes of some texts, nulls left out; ties: by the shape.

    Args:
        values: of a sample, so a loop over its distinct values is short.
        most: shapes that are wanted.
    """
    counts: dict[str, int] = {}
    examples: dict[str, list[str]] = {}
    for pair in pc.value_counts(values.drop_null()).to_pylist():
        mask = masked(pair["values"])
        shape = shape_of(mask)
        counts[shape] = counts.get(shape, 0) + pair["counts"]
        known = examples.setdefault(shape, [])
        if mask not in known and len(known) < _EXAMPLES:
            known.append(mask)
    common = sorted(counts, key=lambda shape: (-counts[shape], shape))[:most]
    return [Shape(shape, counts[shape], tuple(sorted(examples[shape]))) for shape in common]


def as_text(found: Iterable[Shape]) -> str:
    """Shapes with their counts and examples, in one line."""
    return ", ".join(f"{s.values:,} as {' or '.join(s.examples)}" for s in found)
