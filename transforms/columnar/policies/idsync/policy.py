"""What `idsync` is to the rest of the project."""

from idweave.transforms.columnar.policies.idsync.resolve import resolve
from idweave.transforms.columnar.policies.idsync.rules import (
    Keys,
    aliases,
    filled,
    ignored_on_logout,
    refused_types,
    rules_of,
)
from idweave.transforms.columnar.policies.policy import Policy

IDSYNC = Policy(
    name="idsync",
    words="every request resolves to one profile; nothing ever merges",
    keys=Keys,
    rules=rules_of,
    resolve=resolve,
    filled=filled,
    refused_types=refused_types,
    ignored_on_logout=ignored_on_logout,
    aliases=aliases,
    all_requests=True,
    replays=True,
)
