"""Stages: tables of a warehouse that hold, or show, the files of one part of a run."""

import pyarrow as pa

from idweave.pipelines.load.loaded_tables import (
    STRATEGY,
    LoadedTable,
    Part,
    columns_of,
    name_in_files,
)
from idweave.pipelines.load.sql_dialects import Dialect, name_of, text_of, type_name


class Stages:
    """Where stages are, and how they are made.

    Args:
        schema: where they are put, if they are no temporary ones.
        root: the folder of all runs, as the warehouse knows it.
    """

    def __init__(self, of: Dialect, schema: str, root: str) -> None:
        self._of = of
        self._schema = "" if "TEMPORARY" in of.stage else f"{schema}."
        self._root = root

    def name(self, table: LoadedTable, part: Part, changes: bool = False) -> str:
        """What a stage is called."""
        strategy = f"_{part.strategy}" if part.strategy else ""
        return f"{self._schema}idweave_{'changes' if changes else 'new'}_{table.name}{strategy}"

    def make(self, table: LoadedTable, part: Part, changes: bool = False) -> str:
        """The statements that make one."""
        of = self._of
        files = part.changes if changes and part.changes else part.whole
        folder = files.paths[0].rpartition("/")[0]
        below = folder.removeprefix(self._root).strip("/")
        where = of.files.format(folder=folder, below=below)
        if "parquet.{files}" in of.stage:
            where = f"`{where}`"
        elif not where.startswith("@"):
            where = text_of(of, where)
        fields = [*_of_files(table, part), *([pa.field("op", pa.string())] if changes else [])]
        columns = ",\n  ".join(
            f"{name_of(of, field.name)} {_staged(of, field)}" for field in fields
        )
        names = ", ".join(name_of(of, field.name) for field in fields)
        return of.stage.format(
            stage=self.name(table, part, changes), files=where, columns=columns, names=names
        )


def _of_files(table: LoadedTable, part: Part) -> list[pa.Field]:
    return [field.with_name(name_in_files(field.name)) for field in columns_of(table, part)]


def _staged(of: Dialect, field: pa.Field) -> str:
    if of.staged_moment and pa.types.is_timestamp(field.type) and field.type.tz:
        return of.staged_moment
    kind = type_name(of, field.type)
    return kind if pa.types.is_list(field.type) else of.nullable.format(type=kind)


def selected(of: Dialect, table: LoadedTable, part: Part) -> str:
    """The columns of a table as its stage gives them."""
    columns = []
    for field in table.columns:
        name = name_of(of, field.name)
        if field.name == STRATEGY.name:
            columns.append(f"{text_of(of, part.strategy)} AS {name}")
        elif name_in_files(field.name) not in part.columns:
            columns.append(f"CAST(NULL AS {type_name(of, field.type)}) AS {name}")
        elif of.staged_moment and pa.types.is_timestamp(field.type) and field.type.tz:
            columns.append(f"{of.from_staged.format(name=name)} AS {name}")
        elif name_in_files(field.name) != field.name:
            columns.append(f"{name_of(of, name_in_files(field.name))} AS {name}")
        else:
            columns.append(name)
    return ", ".join(columns)
