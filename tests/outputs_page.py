"""Writes what docs/outputs.md says of tables and words anew: `python -m tests.outputs_page`."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from idweave.transforms.columnar.vocabulary import (
    LinkageStatus,
    Outcome,
    PrivacyRequest,
    QuarantineReason,
    Reason,
    Request,
    RequestReason,
    RequestStatus,
    Risk,
    Rule,
    Status,
    Word,
)
from idweave.transforms.tables.registry import TABLES
from idweave.transforms.tables.table import Table, about

PAGE = Path(__file__).parents[1] / "docs" / "outputs.md"
WORDS: dict[str, type[Word]] = {
    "`assignments.status`": Status,
    "`assignments.reason`": Reason,
    "`drops.rule`, `linkages.rule`": Rule,
    "`linkages.status`": LinkageStatus,
    "`decisions.outcome`": Outcome,
    "`observations.request`": Request,
    "`quarantine.reason`": QuarantineReason,
    "`risks.risk`": Risk,
    "`requests.type`": PrivacyRequest,
    "`requests.status`": RequestStatus,
    "`requests.reason`": RequestReason,
}


def tables() -> str:
    """Every table: what a row is, its key, its order, its columns."""
    return "\n".join(line for table in TABLES.values() for line in _table(table))


def _table(table: Table) -> Iterator[str]:
    key = ", ".join(f"`{name}`" for name in table.key) or "none"
    but = f" (not of {table.but})" if table.but else ""
    personal = [f"`{field.name}`" for field in table.columns if about(field, "personal") == "yes"]
    personal += [table.more] if table.more else []
    yield f"### `{table.folder('NAME')}`"
    yield ""
    yield f"* A row: {table.about}."
    yield f"* Primary key: {key}{but}."
    yield f"* Personal data: {', '.join(personal) or 'none'}."
    yield f"* Order: {table.order}."
    yield ""
    yield "| column | type | says |"
    yield "|---|---|---|"
    for field in table.columns:
        null = "?" if field.nullable else ""
        yield f"| `{field.name}`{null} | {_type(field.type)} | {about(field, 'comment')} |"
    if table.more:
        yield f"| … | | {table.more} |"
    yield ""


def _type(kind: pa.DataType) -> str:
    """A column's type as a reader of Parquet knows it."""
    if pa.types.is_list(kind):
        return f"list<{_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name} {_type(field.type)}' for field in kind)}>"
    return "timestamp" if pa.types.is_timestamp(kind) else str(kind)


def words() -> str:
    """Every word that a column may hold, and what it means."""
    lines = []
    for columns, of in WORDS.items():
        lines += [f"### {columns}", "", "| word | means |", "|---|---|"]
        lines += [f"| `{word.text}` | {word.meaning} |" for word in of if word.text]
        lines.append("")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with what is generated put between its markers."""
    for name, body in (("tables", tables()), ("words", words())):
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        text = before + begin + body + end + after
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
