"""Errors of the configuration: a line for each that names file, line, key, value and a remedy."""

from collections.abc import Iterator
from typing import Any

from idweave.pipelines.errors import escaped, one_line
from idweave.pipelines.nearest import nearest as nearest
from idweave.pipelines.nearest import nearest_name as nearest_name

_LONGEST = 60  # characters of a value that is no text
_DEEPEST = 2  # levels of a value that an error shows: aliases can make any other huge
_WIDEST = 10  # items of each


class SettingsError(Exception):
    """The configuration is wrong. The text has a line for the user for each error."""


class Wrong(Exception):
    """A key with a wrong value; the loader adds the file's name and the line.

    Args:
        key: `strategies.one.hubs[0].type`.
        value: what stands there; None: it is not shown.
        wrong, allowed: what is wrong with it, and the remedy.
        line: where it stands, if the key alone doesn't say it.
        item: which one of a list of texts; the key is the list's.

    Attributes:
        others: what else is wrong with the same part.
        rest: the part without all that, if it can be looked at further; else None.
    """

    def __init__(
        self,
        key: str,
        value: object,
        wrong: str,
        allowed: str = "",
        *,
        line: int | None = None,
        item: int | None = None,
    ) -> None:
        said = "" if value is None else f"{shown(value)}: "
        text = f"{one_line(key)}: {said}{wrong}" + (f"; {allowed}" if allowed else "")
        super().__init__(escaped(text))
        self.key, self.line = key, line
        self.at = key if item is None else f"{key}[{item}]"
        self.others: tuple[Wrong, ...] = ()
        self.rest: Any = None

    def all(self) -> Iterator["Wrong"]:
        """This one and the others."""
        yield self
        yield from self.others


def shown(value: object) -> str:
    """A value about as it was written; large ones only by their kind."""
    if isinstance(value, str):
        return one_line(value) or "''"
    text = one_line(_flow(value)) if _is_small(value, _DEEPEST) else ""
    if text and len(text) <= _LONGEST:
        return text
    return "keys" if isinstance(value, dict) else "a list"


def _flow(value: object) -> str:
    if isinstance(value, dict):
        inner = (f"{key}: {_flow(of)}" for key, of in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) or "''"


def _is_small(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list | tuple):
        return True
    inner = list(value.values()) if isinstance(value, dict) else value
    return len(inner) <= _WIDEST and levels > 0 and all(_is_small(of, levels - 1) for of in inner)
