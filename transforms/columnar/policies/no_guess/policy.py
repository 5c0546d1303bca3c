"""What `no_guess` is to the rest of the project."""

from idweave.transforms.columnar.policies.no_guess.resolve import resolve
from idweave.transforms.columnar.policies.no_guess.rules import Keys, refused_types, rules_of
from idweave.transforms.columnar.policies.policy import Policy

NO_GUESS = Policy(
    name="no_guess",
    words="records come one by one; an identity that two profiles claim belongs to nobody",
    keys=Keys,
    rules=rules_of,
    resolve=resolve,
    refused_types=refused_types,
    replays=True,
)
