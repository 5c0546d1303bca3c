"""Errors of the configuration: one line that names file, key, value and what is allowed."""

import difflib
from collections.abc import Iterable

from idweave.pipelines.errors import escaped, one_line, shown

_MANY = 20  # names in a list of what is allowed


class SettingsError(Exception):
    """The configuration is wrong. The text is one line for the user."""


class Wrong(Exception):
    """A key with a wrong value; the loader adds the file's name."""

    def __init__(self, key: str, value: object, wrong: str, allowed: str = "") -> None:
        said = "" if value is None else f"{shown(value)}: "
        text = f"{one_line(key)}: {said}{wrong}" + (f"; {allowed}" if allowed else "")
        super().__init__(escaped(text))


def nearest(name: str, known: Iterable[object]) -> str:
    """Name the nearest known name, else all of them."""
    names = sorted(map(str, known))
    near = difflib.get_close_matches(name[:200], names, 1, 0.5)
    if near:
        return f"did you mean {one_line(near[0])}?"
    listed = ", ".join(map(one_line, names[:_MANY]))
    more = f" and {len(names) - _MANY:,} more" if len(names) > _MANY else ""
    return f"allowed: {listed or 'none'}{more}"
