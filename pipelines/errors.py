"""What can stop a run, the exit status that tells it, and how a line shows a value."""

_LONGEST = 200  # characters of a value or name in an error
_LONGEST_PLAIN = 60  # of a value that is no text
_DEEPEST = 2  # levels of a value that an error shows: aliases can make any other huge
_WIDEST = 10  # items of each


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
    """A value about as it was written; large ones only by their kind."""
    if isinstance(value, str):
        return one_line(value) or "''"
    text = one_line(_flow(value)) if _is_small(value, _DEEPEST) else ""
    if text and len(text) <= _LONGEST_PLAIN:
        return text
    return "keys" if isinstance(value, dict) else "a list"


def _flow(value: object) -> str:
    """A value in one line of YAML."""
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
