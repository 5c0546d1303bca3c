"""Scripts for warehouses, to be run by hand or by a scheduler: `--to sql:NAME --print`."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from idweave.pipelines.load.held_run import RUNS, RUNS_COLUMNS
from idweave.pipelines.load.loaded_tables import (
    LoadedTable,
    Part,
    comment_of,
    table_comment,
)
from idweave.pipelines.load.sql_changes import apply_part
from idweave.pipelines.load.sql_dialects import Dialect, name_of, text_of, type_name
from idweave.pipelines.load.sql_stages import Stages, selected
from idweave.pipelines.load.statements import RECORDS
from idweave.transforms.tables.table import column


def script(
    of: Dialect, run: dict[str, str | None], tables: Sequence[LoadedTable], schema: str
) -> str:
    """Statements for a whole load, then those by changes, with what they need.

    Args:
        run: `run_id`, `base`, `folder` and `manifest_sha256`.
    """
    stages = Stages(of, schema, str(run["folder"]))
    lines = [
        f"-- idweave run {run['run_id']}, for {of.title}. By the book: not run there.",
        f"-- {of.before}",
        f"-- {of.note}",
        "-- Personal data: where a column's comment says so.",
        "",
        "-- 1. Tables",
        *_ended(_created(of, tables, schema)),
        "",
        "-- 2. Whole load",
        *_ended(_whole(of, run, tables, schema, stages)),
        "",
        *_nightly(of, run, tables, schema, stages),
    ]
    return "\n".join(lines)


def _ended(statements: Iterator[str]) -> list[str]:
    return [f"{statement};" for statement in statements]


def _created(of: Dialect, tables: Sequence[LoadedTable], schema: str) -> Iterator[str]:
    for table in tables:
        key = [field.name for field in table.columns if field.name in table.key]
        yield from _create(of, f"{schema}.{table.name}", table.columns, key, table_comment(table))
    columns = pa.schema([column(name, pa.string(), says) for name, says in RUNS_COLUMNS.items()])
    says = "The run that the tables of idweave hold here."
    yield from _create(of, f"{schema}.{RUNS}", columns, ["run_id"], says)


def _create(
    of: Dialect, table: str, columns: pa.Schema, key: Sequence[str], says: str
) -> Iterator[str]:
    told = [_column(of, field) for field in columns]
    key = ", ".join(name_of(of, name) for name in key) or "tuple()"
    yield of.table.format(
        table=table, columns=",\n  ".join(told), key=key, comment=text_of(of, says)
    )
    if of.comments:
        yield f"COMMENT ON TABLE {table} IS {text_of(of, says)}"
        for field in columns:
            comment = text_of(of, comment_of(field))
            yield of.comments.format(table=table, name=name_of(of, field.name), comment=comment)


def _column(of: Dialect, field: pa.Field) -> str:
    kind = type_name(of, field.type)
    is_list = pa.types.is_list(field.type)  # lists are empty rather than null
    if field.nullable and not is_list:
        kind = of.nullable.format(type=kind)
    required = "" if field.nullable or is_list else of.required
    comment = text_of(of, comment_of(field))
    return of.column.format(
        name=name_of(of, field.name), type=kind, required=required, comment=comment
    )


def _whole(
    of: Dialect,
    run: dict[str, str | None],
    tables: Sequence[LoadedTable],
    schema: str,
    stages: Stages,
) -> Iterator[str]:
    parts = [(table, part) for table in tables for part in table.parts]
    for table, part in parts:
        yield stages.make(table, part)
    yield from _in_transaction(of, [
        *(_replace(of, table, schema, stages) for table in tables),
        *_remember(of, run, schema, "whole"),
    ])  # fmt: skip
    for table, part in parts:
        yield of.drop_stage.format(stage=stages.name(table, part))


def _nightly(
    of: Dialect,
    run: dict[str, str | None],
    tables: Sequence[LoadedTable],
    schema: str,
    stages: Stages,
) -> list[str]:
    if not any(part.changes for table in tables for part in table.parts):
        return ["-- 3. By changes: this run has none; refresh writes them when it has a base."]
    return [
        f"-- 3. By changes, instead of 2: only if {RUNS} holds the base, {run['base']}.",
        f"SELECT {name_of(of, 'run_id')} FROM {schema}.{RUNS};",
        *_ended(_by_changes(of, run, tables, schema, stages)),
    ]


def _by_changes(
    of: Dialect,
    run: dict[str, str | None],
    tables: Sequence[LoadedTable],
    schema: str,
    stages: Stages,
) -> Iterator[str]:
    staged: list[tuple[LoadedTable, Part, bool]] = []
    statements: list[str] = []
    for table in tables:
        told = all(part.changes for part in table.parts)
        for part in table.parts:
            if told:
                staged.append((table, part, True))
            if not told or table.name == RECORDS:
                staged.append((table, part, False))
        if told:
            for part in table.parts:
                statements += apply_part(of, table, part, schema, stages)
        else:
            statements.append(_replace(of, table, schema, stages))
    for table, part, changes in staged:
        yield stages.make(table, part, changes)
    yield from _in_transaction(of, [*statements, *_remember(of, run, schema, "by changes")])
    for table, part, changes in staged:
        yield of.drop_stage.format(stage=stages.name(table, part, changes))


def _in_transaction(of: Dialect, statements: Sequence[str]) -> Iterator[str]:
    yield from [of.begin] if of.begin else []
    yield from statements
    yield from [of.commit] if of.commit else []


def _replace(of: Dialect, table: LoadedTable, schema: str, stages: Stages) -> str:
    """One statement, so that warehouses without transactions have no moment between."""
    rows = [
        f"SELECT {selected(of, table, part)}\nFROM {stages.name(table, part)}"
        for part in table.parts
    ]
    return of.replace.format(table=f"{schema}.{table.name}", rows="\nUNION ALL ".join(rows))


def _remember(of: Dialect, run: dict[str, str | None], schema: str, how: str) -> Iterator[str]:
    values = {**run, "loaded": how, "tables": "{}"}
    told = [
        f"CAST(CURRENT_TIMESTAMP AS {of.types[pa.string()]})"
        if name == "loaded_at"
        else text_of(of, str(values.get(name) or ""))
        for name in RUNS_COLUMNS
    ]
    rows = f"SELECT {', '.join(told)}"
    yield of.replace.format(table=f"{schema}.{RUNS}", rows=rows)
