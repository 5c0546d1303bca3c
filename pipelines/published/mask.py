"""Identity values for pages that others may see: their shape stays, what they say does not."""

import re

_RUN = re.compile(r"[^@.+\-_:/\s]+")
_SHORT = 3  # of a run so short even the first character would tell too much
_LONGEST = 60
_TOP_LEVEL = re.compile(r"@[^@]*(\.[a-z]{2,8})$")


def masked(value: str) -> str:
    """A value as `a…@e….com`: of each run its first character, of an address its last part too."""
    top = _TOP_LEVEL.search(value)
    kept = top[1] if top else ""
    hidden = _RUN.sub(_hide, value[: len(value) - len(kept)])
    if "…" not in hidden:
        return "…"  # nothing but signs: all of it would show
    if len(hidden) > _LONGEST:
        hidden = hidden[:_LONGEST].rstrip("…") + "…"
    return "".join(c if c.isprintable() else "?" for c in hidden + kept)


def _hide(run: re.Match[str]) -> str:
    text = run[0]
    return "…" if len(text) <= _SHORT else f"{text[0]}…"
