"""Imports a package without others that it would load and that nothing here asks of it."""

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def import_without(*names: str) -> Iterator[None]:
    """Whatever is imported in the block finds that these modules are not installed.

    Those that are loaded already stay; afterwards all can be imported as ever.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
