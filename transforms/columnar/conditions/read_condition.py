"""Reads a condition on profiles without running it: its columns, and what it may not be made of.

A condition is an SQL boolean over one row (SEMANTICS 9). The engine parses it; every part of the
tree must be one that is known to be pure.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from idweave.transforms.columnar.conditions.engine import BEGIN, TABLE, engine, statement
from idweave.transforms.columnar.conditions.functions import (
    CLASSES,
    FUNCTIONS,
    INSTEAD,
    OPERATORS,
    TYPES,
)

_LONGEST = 10_000  # characters


class Fault(NamedTuple):
    """Something that a condition may not have, and where."""

    place: int  # character, from 1
    words: str
    known: frozenset[str] = frozenset()  # functions or types, where one is named that is not
    name: str = ""  # the one that is named


class Condition(NamedTuple):
    """What a condition is made of."""

    columns: tuple[tuple[str, int], ...]  # name in lower case, place of each mention
    faults: tuple[Fault, ...]


def read_condition(text: str) -> Condition:
    """Read a condition; nothing of it runs."""
    if not text.strip():
        return Condition((), (Fault(1, "it is empty"),))
    if len(text) > _LONGEST or "\0" in text:
        return Condition((), (Fault(1, f"more than {_LONGEST:,} characters, or one that is null"),))
    tree = _parse(text)
    if tree["error"]:
        place = _place(text, int(tree.get("position") or len(BEGIN)))
        return Condition((), (Fault(place, f"no SQL: {_words(tree['error_message'], text)}"),))
    if not _is_alone(tree["statements"]):
        return Condition((), (Fault(1, "more than one expression"),))
    columns: list[tuple[str, int]] = []
    faults: list[Fault] = []
    waiting: list[Any] = [tree["statements"][0]["node"]["select_list"]]
    while waiting:  # no recursion: conditions may be deep
        part = waiting.pop()
        if isinstance(part, dict):
            place = _place(text, part.get("query_location", len(BEGIN)))
            found = list(_faults(part, place)) if "class" in part else []
            faults += found
            if part.get("class") == "COLUMN_REF" and not found:
                columns.append((part["column_names"][0].lower(), place))
            waiting += [] if found else part.values()
        elif isinstance(part, list):
            waiting += part
    return Condition(
        tuple(sorted(columns, key=lambda of: of[1])), tuple(sorted(faults, key=lambda of: of.place))
    )


def _parse(text: str) -> dict[str, Any]:
    import duckdb

    try:
        with engine() as connection:
            found = connection.execute("SELECT json_serialize_sql(?)", [statement(text)])
            (answer,) = found.fetchall()
    except duckdb.Error as error:  # nested too deep, say
        return {"error": True, "error_message": type(error).__name__}
    tree: dict[str, Any] = json.loads(answer[0])
    return tree


def _is_alone(statements: list[Any]) -> bool:
    """Whether the statement is nothing but one expression on each row of the table."""
    node = dict(statements[0]["node"]) if len(statements) == 1 else {}
    source = node.pop("from_table", {})
    expressions = node.pop("select_list", [])
    bare: dict[str, Any] = {
        "type": "SELECT_NODE",
        "modifiers": [],
        "cte_map": {"map": []},
        "where_clause": None,
        "group_expressions": [],
        "group_sets": [],
        "aggregate_handling": "STANDARD_HANDLING",
        "having": None,
        "sample": None,
        "qualify": None,
    }
    of_table = source.get("type") == "BASE_TABLE" and source.get("table_name") == TABLE
    alone = len(expressions) == 1 and expressions[0].get("alias") == "holds"
    return node == bare and of_table and alone and not source.get("sample")


def _faults(part: dict[str, Any], place: int) -> Iterator[Fault]:
    kind = part["class"]
    if kind not in CLASSES:
        yield Fault(place, INSTEAD.get(kind, f"{kind.lower().replace('_', ' ')} is not allowed"))
    elif kind == "OPERATOR" and part["type"] not in OPERATORS:
        yield Fault(place, f"{part['type'].lower().replace('_', ' ')} is not allowed")
    elif kind == "COLUMN_REF" and len(part["column_names"]) != 1:
        yield Fault(place, f"{'.'.join(part['column_names'])}: a column has no dot")
    elif kind == "FUNCTION":
        yield from _of_function(part, place)
    elif kind == "TYPE":
        name = str(part["type_name"]).lower()
        path = part.get("qualified_name", {}).get("path", [name])
        if name not in TYPES or len(path) != 1:
            yield Fault(place, f"{name}: no type that is allowed", TYPES, name)


def _of_function(part: dict[str, Any], place: int) -> Iterator[Fault]:
    name = str(part["function_name"]).lower()
    path = part.get("qualified_name", {}).get("path", [name])
    if name not in FUNCTIONS:
        yield Fault(place, f"{name}: no function that is allowed", FUNCTIONS, name)
    elif len(path) != 1 or part.get("schema") or part.get("catalog"):
        yield Fault(place, f"{name}: a function has no dot")
    elif part.get("filter") or part.get("distinct") or part["order_bys"].get("orders"):
        yield Fault(place, f"{name}: what only aggregates have")


def _place(text: str, at: int) -> int:
    """The character, from 1, of a byte of the statement; of what has none, the first."""
    bytes_before = at - len(BEGIN)
    encoded = text.encode()
    if not 0 <= bytes_before <= len(encoded):
        return len(text) + 1 if len(encoded) < bytes_before < 2**62 else 1
    return len(encoded[:bytes_before].decode(errors="ignore")) + 1


def _words(message: str, text: str) -> str:
    """What the parser says; of the bracket that stands after the condition, that it ends."""
    if message.endswith('near ")"') and text.count(")") <= text.count("("):
        return "it ends too early"
    return message.split("\n")[0]
