"""What `demote_weakest` is to the rest of the project."""

from idweave.transforms.columnar.policies.demote_weakest.resolve import resolve
from idweave.transforms.columnar.policies.demote_weakest.rules import Keys, filled, rules_of
from idweave.transforms.columnar.policies.policy import Policy

DEMOTE_WEAKEST = Policy(
    name="demote_weakest",
    words="records come one by one; each loses its weakest identities until its profiles fit",
    keys=Keys,
    rules=rules_of,
    resolve=resolve,
    filled=filled,
    replays=True,
)
