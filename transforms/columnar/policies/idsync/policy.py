"""What `idsync` is to the rest of the project."""

from idweave.transforms.columnar.policies.idsync.resolve import resolve
from idweave.transforms.columnar.policies.idsync.rules import Keys, filled, refused_types, rules_of
from idweave.transforms.columnar.policies.policy import Policy

IDSYNC = Policy(
    name="idsync",
    words="every request resolves to one profile; nothing ever merges",
    keys=Keys,
    rules=rules_of,
    resolve=resolve,
    filled=filled,
    refused_types=refused_types,
    all_requests=True,
    replays=True,
    drop_words={
        "login_id_on_logout": "a log-out leaves login values out",
        "unique_value_taken": "another profile held it, and a value of its type has one profile",
        "unique_type_filled": "the profile held another value of its type, which is unique",
        "moved": "a change took it from the profile that held it before",
        "not_linked": "its type is not in link_on",
    },
)
