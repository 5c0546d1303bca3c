"""What a command says beside its answer; nothing depends on anybody being able to read it."""

import contextlib
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import TextIO

from idweave.pipelines.errors import escaped


class Log:
    """Standard error, which may be closed, full or gone: what can't be said is not said.

    Args:
        stream: where lines go; default: standard error.
        quiet: warnings only.
    """

    def __init__(self, stream: TextIO | None = None, quiet: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self.quiet = quiet
        self.warnings: list[str] = []  # all that were given, for answers to programs

    @property
    def is_terminal(self) -> bool:
        """Whether a line can be written over."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            return not self.quiet and self._stream.isatty()
        return False

    def show(self, text: str) -> None:
        """Write as it is, unless all is to be quiet."""
        if not self.quiet:
            self._write(text)

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines, unless all is to be quiet."""
        self.show("".join(f"{line}\n" for line in lines))

    def warn(self, text: str) -> None:
        """Write a warning, always; it is kept, too."""
        self.warnings.append(text)
        self._write(f"warning: {escaped(text)}\n")

    @contextlib.contextmanager
    def python_warnings(self) -> Iterator[None]:
        """Tell what Python's own warnings say in the block."""
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield
        for warning in said:
            self.warn(str(warning.message))

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError):  # None where it is closed
            self._stream.write(text)
            self._stream.flush()
