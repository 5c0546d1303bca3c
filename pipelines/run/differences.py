"""What differs between the files of a source, and which files are not read: told, never silent."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from idweave.pipelines.errors import one_line
from idweave.pipelines.run.layouts import Layout
from idweave.pipelines.wording import number
from idweave.transforms.columnar.reading.read_nested import locate, type_of

Warnings = dict[str, list[dict[str, Any]]]  # source -> what is told of it, for programs
_EXAMPLES = 3  # paths that are named
_FAMILIES = (
    ("integers", pa.types.is_integer),
    ("floats", pa.types.is_floating),
    ("decimals", pa.types.is_decimal),
    ("booleans", pa.types.is_boolean),
    ("times", lambda kind: pa.types.is_timestamp(kind) or pa.types.is_date(kind)),
    ("maps", pa.types.is_map),
    ("structs", pa.types.is_struct),
    ("lists", pa.types.is_nested),
)
_SKIPPED = {
    "unknown_suffix": "the suffix says no format; set format to read them",
    "not_a_file": "no regular file",
    "linked_twice": "a link to what is read already",
}


def input_warnings(skipped: Mapping[str, Mapping[str, int]], layouts: Sequence[Layout]) -> Warnings:
    """What is to be told of each source that something is to be told of.

    Args:
        skipped: source -> reason -> files, as `list_inputs` counts them.
    """
    told: Warnings = {
        source: [{"kind": "skipped_files", "reason": r, "files": n} for r, n in reasons.items()]
        for source, reasons in skipped.items()
    }
    for source in sorted({layout.file.source for layout in layouts}):
        known = [of for of in layouts if of.file.source == source and of.lacks is not None]
        if differences := [*_missing(known), *_types(known)]:
            told.setdefault(source, []).extend(differences)
    return told


def _missing(layouts: Sequence[Layout]) -> Iterator[dict[str, Any]]:
    """Columns that some files lack, and what these have that differs by case alone."""
    lacking: dict[str, list[Layout]] = {}
    for layout in layouts:
        for column in layout.lacks or ():
            lacking.setdefault(column, []).append(layout)
    for column, files in sorted(lacking.items()):
        names = {name for of in files for name in of.columns if name.lower() == column.lower()}
        yield {
            "kind": "column_missing",
            "column": column,
            "files": len(files),
            "of": len(layouts),
            "other_case": sorted(names),
            "paths": [of.file.path for of in files[:_EXAMPLES]],
        }


def _types(layouts: Sequence[Layout]) -> Iterator[dict[str, Any]]:
    """Columns whose values are of other kinds in some files."""
    seen: dict[str, Counter[str]] = {}
    for schema, count in Counter(of.schema for of in layouts if of.schema is not None).items():
        for column in layouts[0].wanted:
            place = locate(schema, column)
            kind = pa.null() if place is None else type_of(schema, place)
            if kind != pa.null():
                seen.setdefault(column, Counter())[_family(kind)] += count
    for column, kinds in sorted(seen.items()):
        if len(kinds) > 1:
            yield {"kind": "column_types", "column": column, "types": dict(sorted(kinds.items()))}


def _family(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return _family(kind.value_type)
    return next((name for name, holds in _FAMILIES if holds(kind)), "texts")


def warning_text(source: str, told: Mapping[str, Any]) -> str:
    """One line for a person."""
    if told["kind"] == "skipped_files":
        return (
            f"source {source}: {number(told['files'], 'file')} skipped: {_SKIPPED[told['reason']]}"
        )
    if told["kind"] == "column_types":
        kinds = ", ".join(f"{kind} in {number(n, 'file')}" for kind, n in told["types"].items())
        return f"source {source}: `{told['column']}` differs in type: {kinds}"
    paths = ", ".join(map(one_line, told["paths"]))
    more = told["files"] - len(told["paths"])
    text = (
        f"source {source}: `{told['column']}` is missing, so null, in {told['files']:,} of "
        f"{number(told['of'], 'file')} ({paths}{f' and {more:,} more' if more else ''})"
    )
    if told["other_case"]:
        names = ", ".join(f"`{one_line(name)}`" for name in told["other_case"])
        text += f"; there is {names}, which differs by case"
    return text


def other_case_text(column: str, key: str, records: int) -> str:
    """What is said of a key of JSON that differs from a wanted one by case alone."""
    has = "1 record has" if records == 1 else f"{records:,} records have"
    return f"{has} `{one_line(key)}` in place of `{column}`, which differs by case"
