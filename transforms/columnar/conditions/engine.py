"""The engine of conditions: DuckDB without files, network, settings and extensions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "profiles"
BEGIN = "SELECT (\n"  # a condition stands alone on its lines, so a comment in it ends there
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "1GB",
    "threads": "1",  # a worker's thread has its own; rows keep their order
}
_IDLE: "list[DuckDBPyConnection]" = []


def statement(text: str) -> str:
    """The only statement that a condition is ever part of: what is checked is what runs."""
    return f"{BEGIN}{text}\n) AS holds FROM {TABLE}"


@contextmanager
def engine() -> Iterator["DuckDBPyConnection"]:
    """A connection that is closed to everything but the rows that it is given; one for a thread."""
    try:
        connection = _IDLE.pop()
    except IndexError:
        connection = _connected()
    yield connection
    _IDLE.append(connection)  # not after an error: another one is made


def _connected() -> "DuckDBPyConnection":
    import duckdb  # only where there are conditions

    connection = duckdb.connect(":memory:", config=_CLOSED)
    connection.execute("SET TimeZone = 'UTC'")  # whatever the machine's is
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET lock_configuration = true")
    return connection
