"""The key of keyed ids: with it nobody finds a person by hashing guesses."""

import hashlib

from idweave.pipelines.run.read_secret import Secret, read_secret
from idweave.pipelines.settings import Settings

_MOST = 64  # bytes; BLAKE2b takes no longer key


def read_id_key(settings: Settings) -> bytes:
    """The key that `id_key` names, or nothing. One of more than 64 bytes counts as its digest.

    Raises:
        WrongUsage: it is not there, or too short. The key itself is never told.
    """
    if settings.id_key is None:
        return b""
    key = read_secret("id_key", settings.id_key)
    return key if len(key) <= _MOST else Secret(hashlib.blake2b(key).digest())
