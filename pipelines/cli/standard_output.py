"""The answer of a command, on standard output."""

import contextlib
import io
import os
import sys

from idweave.pipelines.errors import RunFailed

READER_GONE = "whoever read this is gone"  # of a broken pipe


def prepare() -> None:
    """Let any name be printed: what the terminal's encoding lacks is written as an escape.

    Names of files that are no UTF-8 keep their bytes where the encoding is UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_utf8 = stream.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
            stream.reconfigure(errors="surrogateescape" if is_utf8 else "backslashreplace")


def say(text: str) -> None:
    """Print a text and have it written.

    Raises:
        RunFailed: nobody can read it any more, or the disk is full; nothing more is written.
    """
    if sys.stdout is None:
        raise RunFailed("standard output: closed")
    try:
        print(text, flush=True)
    except (OSError, ValueError) as error:
        _give_up()
        why = getattr(error, "strerror", None) or "closed"
        gone = f" ({READER_GONE})" if isinstance(error, BrokenPipeError) else ""
        raise RunFailed(f"standard output: {why}{gone}") from None


def finish() -> bool:
    """Write what is buffered; whether somebody took it. To be called before a command ends."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        _give_up()
        return False
    return True


def _give_up() -> None:
    """What is buffered still goes nowhere: the interpreter would fail on it when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
