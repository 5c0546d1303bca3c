"""Gathers the raw identity values of each type from the columns that have them."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.reading.read_rows import Flat, joined
from idweave.transforms.columnar.reading.records import SourceReading, Values


def values_of(source: SourceReading, flat: dict[str, Flat]) -> tuple[Values, ...]:
    """The values of each type, ascending; those of several columns by row, then column."""
    result = []
    kinds = {kind for kind, _ in source.identities} | {kind for kind, _ in source.first_of}
    for kind in sorted(kinds):
        parts = [flat[column] for of, column in source.identities if of == kind]
        for of, columns in source.first_of:
            if of == kind:
                parts += _first_of([flat[column] for column in columns])
        row, text, wrong = parts[0]
        if len(parts) > 1:
            row = np.concatenate([part.row for part in parts])
            order = np.argsort(row, kind="stable")
            text = joined([part.text for part in parts]).take(pa.array(order))
            wrong = np.concatenate([part.wrong for part in parts])[order]
            row = row[order]
        result.append(Values(kind, row, text, wrong))
    return tuple(result)


def _first_of(columns: list[Flat]) -> Iterator[Flat]:
    """Of each row the values of its first column that has one: something else than blanks."""
    size = max((int(column.row[-1]) + 1 for column in columns if len(column.row)), default=0)
    taken = np.zeros(size, bool)
    for row, text, wrong in columns:
        blank = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(text)), 0)
        there = ~np.asarray(blank.to_numpy(zero_copy_only=False), bool) & ~taken[row]
        yield Flat(row[there], text.filter(pa.array(there)), wrong[there])
        taken[row[there]] = True
