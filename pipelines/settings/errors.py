"""Errors of the configuration: a line for each that names file, line, key, value and a remedy."""

from collections.abc import Iterator
from typing import Any

from idweave.pipelines.errors import escaped, one_line, shown


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
