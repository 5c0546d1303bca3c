"""Refuses a time column that no time can be read from, before anything runs."""

from collections.abc import Iterable

import pyarrow as pa

from idweave.pipelines.errors import WrongUsage, shown
from idweave.transforms.columnar.reading.column_type import unreadable_time_type
from idweave.transforms.columnar.reading.records import SourceReading


def check_time_columns(source: SourceReading, schemas: Iterable[tuple[str, pa.Schema]]) -> None:
    """Look at the type of a source's time column in each of its files.

    Args:
        schemas: path and schema of each file that has one.

    Raises:
        WrongUsage: numbers without a unit, or a type that is no time; the line says what to set.
    """
    for path, schema in schemas:
        kind = unreadable_time_type(source, schema)
        if kind is None:
            continue
        column = source.time_column
        wrong = f"sources.{source.name}.time: {column}: {kind} in {shown(path)}"
        if kind.startswith(("int", "uint", "float", "double", "halffloat", "decimal")):
            raise WrongUsage(
                f"{wrong}: numbers without a unit; set time: {{column: {column}, unit: s}}, "
                "or ms, us, or a format"
            )
        raise WrongUsage(
            f"{wrong}: no time can be read from it; allowed: timestamps, dates, texts, "
            "numbers with a unit"
        )
