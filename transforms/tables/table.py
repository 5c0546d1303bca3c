"""What a table of the result is: its columns with their comments, its key, the order of its rows.

A new table is one module beside this one and one line in `registry.py`: from there it gets its
folder, its writer, its file when it is empty, and its place in docs/outputs.md.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import pyarrow as pa

from idweave.transforms.job import Job
from idweave.transforms.tables.resolved_piece import ResolvedPiece

TIME = pa.timestamp("us", tz="UTC")


def column(
    name: str,
    kind: pa.DataType,
    comment: str,
    *,
    null: bool = False,
    personal: bool = False,
    stored: Literal["names", "ids", "sorted_ids", "keys", "numbers", "text"] = "text",
) -> pa.Field:
    """A column of a table.

    Args:
        comment: what it says, for docs/outputs.md and for loaders.
        null: whether it may be null; any other is written as required.
        personal: whether it holds personal data.
        stored: how files hold it best, see `parquet_options.py`: names (few) | ids | sorted_ids |
            keys (record ids) | numbers | text.
    """
    about = {"comment": comment, "personal": "yes" if personal else "no", "stored": stored}
    return pa.field(name, kind, nullable=null, metadata=about)


def about(field: pa.Field, key: str) -> str:
    """What `column` was told of a column: comment, personal or stored."""
    return str((field.metadata or {}).get(key.encode(), b"").decode())


def plain(columns: pa.Schema) -> pa.Schema:
    """Names and types alone."""
    return pa.schema([pa.field(field.name, field.type) for field in columns])


def every_job(job: Job) -> bool:
    """It is made for every run."""
    return True


def no_columns(job: Job, name: str) -> list[pa.Field]:
    """The configuration adds no columns."""
    return []


class Table(NamedTuple):
    """One table of the result."""

    name: str
    one_for: str  # strategy | name (of a platform, say) | run
    about: str  # what a row is
    columns: pa.Schema  # that it has whatever the configuration says
    key: tuple[str, ...]  # columns that tell a row from all others of the table; empty: none do
    order: str  # of the rows, in words
    looked_up: tuple[str, ...] = ()  # columns of which a reader asks for one value
    but: str = ""  # rows for which the key does not hold, in words
    more: str = ""  # the columns that the configuration adds, in words
    more_columns: Callable[[Job, str], list[pa.Field]] = no_columns  # by strategy or name
    of_piece: Callable[[ResolvedPiece], pa.Table] | None = None  # rows of a resolved piece
    always: bool = False  # written whatever `tables` says
    null_with_privacy: tuple[str, ...] = ()  # columns that may be null where something is erased
    made_for: Callable[[Job], bool] = every_job  # others don't have it, whatever `tables` says

    def schema(self, job: Job, name: str) -> pa.Schema:
        """All columns of the table of a strategy, or of a name."""
        may_be = self.null_with_privacy if job.privacy is not None else ()
        own = [f.with_nullable(f.nullable or f.name in may_be) for f in self.columns]
        return pa.schema([*own, *self.more_columns(job, name)])

    def folder(self, name: str) -> str:
        """Where its files are, from the folder of the run; `name`: of a strategy, a platform."""
        if self.one_for == "run":
            return self.name
        part = f"strategy={name}" if self.one_for == "strategy" else name
        return f"{self.name}/{part}"
