"""Errors of the configuration: one line that names file, key, value and what is allowed."""

import difflib
from collections.abc import Iterable


class SettingsError(Exception):
    """The configuration is wrong. The text is one line for the user."""


class Wrong(Exception):
    """A key with a wrong value; the loader adds the file's name."""

    def __init__(self, key: str, value: object, wrong: str, allowed: str = "") -> None:
        shown = "" if value is None else f"{value}: "
        super().__init__(f"{key}: {shown}{wrong}" + (f"; {allowed}" if allowed else ""))


def nearest(name: str, known: Iterable[object]) -> str:
    """Name the nearest known name, else all of them."""
    names = sorted(map(str, known))
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"allowed: {', '.join(names) or 'none'}"
