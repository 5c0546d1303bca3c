"""What `merge_all` is to the rest of the project."""

from idweave.transforms.columnar.policies.merge_all.resolve import resolve
from idweave.transforms.columnar.policies.merge_all.rules import Keys, rules_of
from idweave.transforms.columnar.policies.policy import Policy

MERGE_ALL = Policy(
    name="merge_all",
    words="all that is linked, over any number of records, is one profile",
    keys=Keys,
    rules=rules_of,
    resolve=resolve,
    component_is_profile=True,
)
