"""Imports a package without others that it would load and that nothing here asks of it."""

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType


@contextlib.contextmanager
def import_without(*names: str, stand_ins: tuple[ModuleType, ...] = ()) -> Iterator[None]:
    """Whatever is imported in the block finds that these modules are not installed.

    Those that are loaded already stay; afterwards all can be imported as ever.

    Args:
        stand_ins: modules that are found in place of those of their names.
    """
    found: dict[str, ModuleType | None] = dict.fromkeys(names)
    found |= {module.__name__: module for module in stand_ins}
    hidden = {name: module for name, module in found.items() if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
