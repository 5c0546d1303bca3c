"""The key of keyed ids: with it nobody finds a person by hashing guesses."""

import hashlib
import os

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.settings import Settings

_LEAST, _MOST = 32, 64  # bytes; BLAKE2b takes no longer key


def read_id_key(settings: Settings) -> bytes:
    """The key that `id_key` names, or nothing. One of more than 64 bytes counts as its digest.

    Raises:
        WrongUsage: it is not there, or too short. The key itself is never told.
    """
    if settings.id_key is None:
        return b""
    where, _, name = settings.id_key.partition(":")
    if where == "env":
        if name not in os.environ:
            raise WrongUsage(f"id_key: {settings.id_key}: no such environment variable; set it")
        key = os.environb[name.encode()]
    else:
        try:
            with open(name, "rb") as file:
                key = file.read().strip(b"\r\n")
        except OSError as error:
            raise WrongUsage(f"id_key: {settings.id_key}: {error.strerror}") from error
    if len(key) < _LEAST:
        raise WrongUsage(
            f"id_key: {settings.id_key}: {len(key)} bytes; at least {_LEAST}, as from "
            "`openssl rand -hex 32`"
        )
    return key if len(key) <= _MOST else hashlib.blake2b(key).digest()
