"""What an attribute's rule is, and which type the attribute has by it (SEMANTICS 8)."""

from typing import NamedTuple

import pyarrow as pa

RULES = (
    "newest",
    "oldest",
    "most_frequent",
    "min",
    "max",
    "sum",
    "count",
    "any_true",
    "all_true",
    "collect",
)
FLAGS = ("any_true", "all_true")
NUMBERS = (pa.int64(), pa.float64())
COLLECTED = 10  # values of `collect`, at most, where the configuration says nothing


class AttributeRule(NamedTuple):
    """How an attribute of a profile is made of its records."""

    name: str
    rule: str
    source: str | None  # the attribute that sources map; None: every record counts
    kind: pa.DataType  # of a value
    casts: bool  # texts are cast to `kind`, and some can't be; else all can be read as such
    ignore: tuple[str, ...] = ()  # trimmed and case folded
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (attribute that sources map, texts)
    within: int | None = None  # microseconds before the run's moment
    prefer: tuple[int, ...] = ()  # places of sources
    limit: int = COLLECTED  # of `collect`

    @property
    def column(self) -> pa.DataType:
        """The type of the attribute's column."""
        if self.rule == "count":
            return pa.int64()
        if self.rule == "collect":
            return pa.list_(pa.field("element", self.kind, nullable=False))
        return pa.bool_() if self.rule in FLAGS else self.kind


def newest_of(name: str, kind: pa.DataType) -> AttributeRule:
    """The rule of an attribute that is given none."""
    return AttributeRule(name, "newest", name, kind, False)
