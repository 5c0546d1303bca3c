"""What can stop a run, the exit status that tells it, and how a line shows a value."""

import json

_LONGEST = 200  # characters of a value or name in an error
_LONGEST_PLAIN = 60  # of a value that is no text


class RunFailed(Exception):
    """The run could not be done: exit 1, nothing published. One line for the user."""

    status = 1


class WrongUsage(Exception):
    """The command line or the configuration is wrong: exit 2."""

    status = 2


class CheckFailed(Exception):
    """A configured check doesn't hold: exit 3, nothing published."""

    status = 3


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
