"""Errors of the configuration: one line that names file, key, value and what is allowed."""

import difflib
import json
from collections.abc import Iterable

_LONGEST = 200  # characters of a value or name in an error
_LONGEST_PLAIN = 60  # of a value that is no text
_MANY = 20  # names in a list of what is allowed


class SettingsError(Exception):
    """The configuration is wrong. The text is one line for the user."""


class Wrong(Exception):
    """A key with a wrong value; the loader adds the file's name."""

    def __init__(self, key: str, value: object, wrong: str, allowed: str = "") -> None:
        said = "" if value is None else f"{shown(value)}: "
        text = f"{one_line(key)}: {said}{wrong}" + (f"; {allowed}" if allowed else "")
        super().__init__(escaped(text))


def one_line(text: str) -> str:
    """A text as an error shows it: control characters escaped, cut if it is long."""
    return escaped(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def escaped(text: str) -> str:
    """A text without control characters: a line break as \\n, and so on."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(value: object) -> str:
    """A value as an error shows it; large ones only by their kind."""
    if isinstance(value, str):
        return one_line(value) or "''"
    text = ""
    if _is_flat(value):
        text = one_line(json.dumps(value, default=str, ensure_ascii=False, skipkeys=True))
    if text and (len(text) <= _LONGEST_PLAIN or not isinstance(value, dict | list | tuple)):
        return text
    return "keys" if isinstance(value, dict) else "a list"


def _is_flat(value: object, levels: int = 2) -> bool:
    """Whether a value is a scalar, or short lists of them: aliases can make any other huge."""
    if not isinstance(value, dict | list | tuple):
        return True
    inner = list(value.values()) if isinstance(value, dict) else value
    return len(inner) <= 10 and levels > 0 and all(_is_flat(of, levels - 1) for of in inner)


def nearest(name: str, known: Iterable[object]) -> str:
    """Name the nearest known name, else all of them."""
    names = sorted(map(str, known))
    near = difflib.get_close_matches(name[:_LONGEST], names, 1, 0.5)
    if near:
        return f"did you mean {one_line(near[0])}?"
    listed = ", ".join(map(one_line, names[:_MANY]))
    more = f" and {len(names) - _MANY:,} more" if len(names) > _MANY else ""
    return f"allowed: {listed or 'none'}{more}"
