"""Takes values from the environment: `${NAME}` and `${NAME:-default}`."""

import os
import re

from idweave.pipelines.settings.errors import Wrong

_PLACE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_REMEDY = "allowed: ${NAME}, ${NAME:-default}; $${ is a dollar and a brace"


def expanded(text: str, key: str) -> str:
    """A value with what the environment says in it; `$${` becomes a dollar and a brace.

    Args:
        key: where the value stands, for errors.

    Raises:
        Wrong: a variable that is not set and has no default, or is none.
    """

    def replacement(match: re.Match[str]) -> str:
        if match[1] is None:
            return "${"
        named = _NAME.fullmatch(match[1])
        if named is None or not match[2]:
            raise Wrong(key, text, "no name of a variable after ${", _REMEDY)
        name, default = named.groups()
        found = os.environ.get(name)
        if found or (found is not None and default is None):
            return found
        if default is None:
            raise Wrong(key, text, f"{name} is not set", f"set it, or write ${{{name}:-default}}")
        return str(default)

    return _PLACE.sub(replacement, text) if "${" in text else text
