"""Reads keys that the configuration names and never holds."""

import os

from idweave.pipelines.errors import WrongUsage

_LEAST = 32  # bytes


class Secret(bytes):
    """A key; whoever prints it sees none of it."""

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__


def read_secret(key: str, where: str) -> Secret:
    """The bytes of an environment variable or of a file, line ends around them left out.

    Args:
        key: of the configuration, for errors.
        where: env:NAME or file:PATH.

    Raises:
        WrongUsage: it is not there, or too short. The key itself is never told.
    """
    kind, _, name = where.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise WrongUsage(f"{key}: {where}: no such environment variable; set it")
        secret = os.environb[name.encode()]
    else:
        try:
            with open(name, "rb") as file:
                secret = file.read().strip(b"\r\n")
        except OSError as error:
            raise WrongUsage(f"{key}: {where}: {error.strerror}") from error
    if len(secret) < _LEAST:
        raise WrongUsage(
            f"{key}: {where}: {len(secret)} bytes; at least {_LEAST}, as from "
            "`openssl rand -hex 32`"
        )
    return Secret(secret)
