"""The grammar of paths into nested data, the same for JSON and Parquet, and what one finds in JSON.

`a.b` a field; `list[]` each element of a list or each value of a map; `list[type=email]` the
elements whose fields have these texts, several parted by commas; `map.KEY` a value of a map. A
name with a dot, bracket or blank in it is quoted, `'user.id'`, a quote in it doubled.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from idweave.transforms.columnar.reading.read_text import plain_text

_NAME = re.compile(r"'(?:[^']|'')+'|[^.\[\]'][^.\[\]]*")
_TEXT = r"\s*('(?:[^']|'')*'|[^'\],][^\],]*?|)\s*"
_FIELD = r"\s*('(?:[^']|'')+'|[^'=\],][^=\],]*?)\s*"
_CONDITION = re.compile(f"{_FIELD}={_TEXT}(?=[,\\]])")


class Name(NamedTuple):
    """A field of an object or struct, or a key of a map; lists before it are opened."""

    name: str


class Each(NamedTuple):
    """All elements of a list, or all values of a map or object."""


class Where(NamedTuple):
    """The elements of a list whose fields have these texts."""

    fields: tuple[tuple[str, str], ...]


Step = Name | Each | Where
Path = tuple[Step, ...]


@lru_cache(maxsize=10_000)
def path_of(column: str) -> Path:
    """Read a column's path; what follows no grammar is one name, as it is."""
    try:
        return parse_path(column)
    except ValueError:
        return (Name(column),)


def top_of(column: str) -> str:
    """The top-level column that a path begins in."""
    first = path_of(column)[0]
    assert isinstance(first, Name)
    return first.name


def parse_path(text: str) -> Path:
    """Read a path. Raises ValueError, which says where it breaks off."""
    steps: list[Step] = []
    at = 0
    while True:
        name = _NAME.match(text, at)
        if name is None:
            raise ValueError(f"no name at character {at + 1}")
        steps.append(Name(_unquoted(name[0])))
        at = name.end()
        while text[at : at + 1] == "[":
            step, at = _selector(text, at)
            steps.append(step)
        if at == len(text):
            return tuple(steps)
        if text[at] != ".":
            raise ValueError(f"neither . nor [ at character {at + 1}")
        at += 1


def _selector(text: str, at: int) -> tuple[Step, int]:
    """Read what stands in brackets, and where it ends."""
    if text[at + 1 : at + 2] == "]":
        return Each(), at + 2
    fields = []
    while text[at] != "]":
        condition = _CONDITION.match(text, at + 1)
        if condition is None:
            raise ValueError(f"neither ] nor FIELD=TEXT at character {at + 2}")
        fields.append((_unquoted(condition[1]), _unquoted(condition[2])))
        at = condition.end()
    return Where(tuple(fields)), at + 1


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def is_plain(path: Path) -> bool:
    """Whether a path has nothing but names."""
    return all(isinstance(step, Name) for step in path)


def found_in(value: Any, path: Path) -> Any:
    """What a path finds in plain nested values: one value, a list of several, or None.

    A path of names gives, of a list, the list of its items' fields, if any is there. One with
    brackets gives the values that are there; `[]` always a list.
    """
    if is_plain(path):
        names = [step.name for step in path if isinstance(step, Name)]
        found = _field_of(value, names)
        if not isinstance(found, list) or any(item is not None for item in _opened(found)):
            return found
        return None if _opens_list(value, names) else found
    found, several = [value], False
    for step in path:
        several |= isinstance(step, Each) or (
            isinstance(step, Name) and any(isinstance(of, list) for of in found)
        )
        found = [inner for of in found for inner in _step(of, step) if inner is not None]
    if not found:
        return None
    return found if several or len(found) > 1 else found[0]


def _step(value: Any, step: Step) -> Iterator[Any]:
    if isinstance(step, Name):
        for item in _opened(value):
            if isinstance(item, dict):
                yield item.get(step.name)
    elif isinstance(step, Each):
        if isinstance(value, list):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()
    elif isinstance(value, list):
        yield from (item for item in value if _holds(item, step))


def _holds(item: Any, step: Where) -> bool:
    return isinstance(item, dict) and all(
        plain_text(item.get(name))[0] == text for name, text in step.fields
    )


def _opened(value: Any) -> Iterator[Any]:
    """The items of a list and of the lists in it; of anything else itself."""
    if not isinstance(value, list):
        yield value
        return
    for item in value:
        yield from _opened(item)


def _opens_list(value: Any, names: list[str]) -> bool:
    """Whether a list is on the way: one at its end is what was looked for."""
    for name in names:
        if not isinstance(value, dict):
            break
        value = value.get(name)
    else:
        return False
    return isinstance(value, list)


def _field_of(value: Any, names: list[str]) -> Any:
    for at, name in enumerate(names):
        if isinstance(value, list):
            return [_field_of(item, names[at:]) for item in value]
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
