"""Imports Beam for a process of our own, without what idweave has no use for.

Beam loads its BigQuery and MongoDB connectors, and through them clients of HTTP, whenever it is
imported: a quarter of its time. It takes their absence as that of an extra. Another quarter is
`beartype`, by which it compares types that are not equal, and what fetches packages from the web.
"""

import logging
from types import MethodType, ModuleType
from typing import Any

from idweave.transforms.columnar.arrays.import_without import import_without

_CONNECTORS = ("apache_beam.io.gcp.bigquery", "bson", "pymongo")


def import_beam() -> None:
    """Import Beam; a program that has loaded it already keeps it as it is."""
    logging.getLogger("apache_beam.io.mongodbio").setLevel(logging.ERROR)  # it misses bson
    with import_without(*_CONNECTORS, stand_ins=(*_plain_comparison(), _later_http())):
        import apache_beam  # noqa: F401
    _remember_signatures()


def _plain_comparison() -> tuple[ModuleType, ...]:
    """What Beam does with `--disable_beartype`: `issubclass`."""
    package, door, roar = map(ModuleType, ("beartype", "beartype.door", "beartype.roar"))
    vars(door)["is_subhint"] = issubclass
    vars(roar)["BeartypeDoorException"] = TypeError
    return package, door, roar


def _later_http() -> ModuleType:
    """What fetches a package that an option names by its address; loaded when that is asked for."""
    module = ModuleType("apache_beam.internal.http_client")

    def get_new_http(*arguments: Any, **named: Any) -> Any:
        from apache_beam.internal import http_client

        return http_client.get_new_http(*arguments, **named)

    vars(module)["get_new_http"] = get_new_http
    return module


def _remember_signatures() -> None:
    """Let Beam inspect each method of a DoFn's class once.

    It asks for the signatures of all methods of a DoFn six times a DoFn, to look for state and
    timers: 8,000 times in a small run, a tenth of its time.
    """
    from apache_beam.transforms import core

    inspect = core.get_function_args_defaults
    known: dict[tuple[Any, bool], tuple[list[str], list[Any]]] = {}

    def remembered(f: Any) -> tuple[list[str], list[Any]]:
        function = getattr(f, "__func__", f)
        key = function, isinstance(f, MethodType)
        if key not in known:
            known[key] = inspect(f)
        return known[key]

    core.get_function_args_defaults = remembered
