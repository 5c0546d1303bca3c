"""The key under which identities of a type are hashed in a run."""

from idweave.transforms.columnar.arrays.siphash import Key
from idweave.transforms.columnar.identities.observe import type_key
from idweave.transforms.columnar.privacy.hashes import IDENTITY, short_key
from idweave.transforms.job import Job


def identity_key(job: Job, kind: int) -> Key:
    """That of short hashes where people may be suppressed: a value is then hashed once for both."""
    name = job.type_names[kind]
    if job.privacy is None:
        return type_key(job.run_key, name)
    return short_key(job.privacy.key, IDENTITY, name)
