"""Identities as they are typed on the command line, and as a run has them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.nearest import unknown
from idweave.transforms.columnar.identities.normalise import IdentityTests, normalise_values
from idweave.transforms.columnar.reading.read_text import is_unicode


class Identity(NamedTuple):
    """A value of an identity type; shown as TYPE:VALUE."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"


def parse_identity(text: str, types: Sequence[str]) -> Identity:
    """TYPE:VALUE, split at the first colon.

    Raises:
        WrongUsage: no colon, no such type, or bytes that are not UTF-8.
    """
    if not is_unicode(text):
        raise WrongUsage("TYPE:VALUE: not UTF-8, which all values of a run are")
    type_, colon, value = text.partition(":")
    if not colon or not value:
        raise WrongUsage("an identity is written TYPE:VALUE, for instance email:a@example.com")
    if type_ not in types:
        raise WrongUsage(unknown("TYPE:VALUE", type_, "identity type", types))
    return Identity(type_, value)


def normalised(identity: Identity, configuration: Mapping[str, Any]) -> Identity | None:
    """What a value becomes under its type's normalisers; None: nothing that could be kept.

    Args:
        configuration: of the run, as its manifest has it.
    """
    settings = configuration["identities"][identity.type]
    tests = IdentityTests(tuple(settings["normalise"]), (), False, None, 1 << 30)
    value = normalise_values(pa.array([identity.value]), tests).value[0].as_py()
    return None if value is None else Identity(identity.type, value)
