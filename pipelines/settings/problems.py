"""Gathers what is wrong with a configuration, to tell all of it at once."""

from collections.abc import Iterable

from idweave.pipelines.errors import one_line
from idweave.pipelines.settings.document import Document
from idweave.pipelines.settings.errors import SettingsError, Wrong

_MOST = 100  # lines of errors


class Problems:
    """What is wrong with one file and the overrides of its keys."""

    def __init__(self, path: str, document: Document) -> None:
        """Begin with what is wrong with the text of the file."""
        self._path, self._document = path, document
        self._told: list[Wrong] = list(document.problems)
        self._unread = tuple(wrong.key for wrong in self._told)
        self.overridden: set[str] = set()  # keys that `--set` names

    def __bool__(self) -> bool:
        return bool(self._told)

    def tell(self, wrongs: Iterable[Wrong]) -> None:
        """Add errors; those of a value that could not even be read follow from that."""
        texts = {str(wrong) for wrong in self._told}
        for wrong in wrongs:
            if not any(_within(wrong.key, key) for key in self._unread) and str(wrong) not in texts:
                self._told.append(wrong)

    def tell_later(self, wrongs: Iterable[Wrong]) -> None:
        """Add errors of values that refer to others, but for parts that have errors already."""
        touched = {_part(wrong.key) for wrong in self._told}
        self.tell(wrong for wrong in wrongs if _part(wrong.key) not in touched)

    def raise_any(self) -> None:
        """Tell all, by line. Raises SettingsError if there is anything to tell."""
        if not self._told:
            return
        placed = [self._placed(wrong) for wrong in self._told]
        placed.sort(key=lambda of: of[0] or 10**9)  # overrides last
        name = one_line(self._path)
        lines = [f"{name}:{n}: {text}" if n else f"{name}: {text}" for n, text in placed]
        if len(lines) > _MOST:
            lines = [*lines[:_MOST], f"{name}: {len(lines) - _MOST:,} more errors"]
        raise SettingsError("\n".join(lines))

    def where(self, key: str) -> str:
        """What an error of a key begins with: file and line, or file and `--set`."""
        line, begin = self._placed(Wrong(key, None, ""))
        name = one_line(self._path)
        return f"{name}:{line}: " if line else f"{name}: {begin.removesuffix(f'{key}: ')}"

    def _placed(self, wrong: Wrong) -> tuple[int, str]:
        """The line of an error, 0 if it is about an override, and its text."""
        if wrong.key.startswith("--set"):
            return 0, str(wrong)
        if any(_within(wrong.key, key) for key in self.overridden):
            return 0, f"--set {wrong}"
        return wrong.line or self._document.line_of(wrong.at), str(wrong)


def _within(key: str, outer: str) -> bool:
    return key == outer or key.startswith((f"{outer}.", f"{outer}["))


def _part(key: str) -> tuple[str, ...]:
    """The section and name that a key belongs to."""
    return tuple(key.split("[")[0].split(".")[:2])
