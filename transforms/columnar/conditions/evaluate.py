"""Evaluates conditions on rows of profiles: one scan of Arrow for all of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.conditions.engine import TABLE, engine, statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class ConditionFailed(Exception):
    """A condition can't be evaluated on a row; `args[0]` is a line without anything of the row."""


def evaluate(rows: pa.Table, conditions: Mapping[str, str]) -> dict[str, Flags]:
    """[rows] where each condition is true; null counts as not true.

    Args:
        rows: the columns that conditions name, at least one.
        conditions: by their key in the configuration, each read by `read_condition`.

    Raises:
        ConditionFailed: a cast or a number that does not fit, say.
    """
    found = {}
    with engine() as connection:
        connection.register(TABLE, rows)
        for key, text in conditions.items():
            found[key] = _holds(connection, key, text, rows.num_rows)
        connection.unregister(TABLE)
    return found


def _holds(connection: "DuckDBPyConnection", key: str, text: str, rows: int) -> Flags:
    import duckdb

    try:
        column = connection.sql(statement(text)).to_arrow_table()["holds"]
    except duckdb.Error as error:
        kind = type(error).__name__.removesuffix("Exception").lower()
        raise ConditionFailed(
            f"{key}: {' '.join(text.split())[:200]}: fails on a profile ({kind} error); write "
            "try_cast for cast, or test the value first"
        ) from None
    values = np.asarray(column.fill_null(False).to_numpy(), bool)
    if len(values) != rows:
        raise ConditionFailed(f"{key}: gives {len(values)} answers for {rows} profiles")
    return values


def type_of(rows: pa.Table, text: str) -> str:
    """The type that a condition has; nothing is read.

    Args:
        rows: without rows, of the columns that there are.

    Raises:
        duckdb.Error: functions don't take what they are given.
    """
    with engine() as connection:
        connection.register(TABLE, rows)
        kind = str(connection.sql(statement(text)).types[0])
        connection.unregister(TABLE)
        return kind
