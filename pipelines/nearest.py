"""The known name that an unknown one is most like, for errors."""

import difflib
from collections.abc import Iterable, Sequence

from idweave.pipelines.errors import one_line

_MANY = 20  # names in a list of what is allowed


def nearest(name: str, known: Iterable[object]) -> str:
    """Name the nearest known name, else all of them."""
    names = sorted(map(str, known))
    if near := nearest_name(name, names):
        return f"did you mean {one_line(near)}?"
    listed = ", ".join(map(one_line, names[:_MANY]))
    more = f" and {len(names) - _MANY:,} more" if len(names) > _MANY else ""
    return f"allowed: {listed or 'none'}{more}"


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like another, if one is."""
    near = difflib.get_close_matches(name[:200], list(known), 1, 0.5)
    return near[0] if near else None


def unknown(option: str, name: str, what: str, known: Sequence[str]) -> str:
    """What an error says of a name that the run doesn't have."""
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, 1)
    hint = f"; did you mean {folded[near[0]]}?" if near else ""
    return f"{option}: {name}: no such {what}; allowed: {', '.join(known)}{hint}"
