"""What `constrained_merge` is to the rest of the project."""

from idweave.transforms.columnar.policies.constrained_merge.resolve import resolve
from idweave.transforms.columnar.policies.constrained_merge.rules import (
    Keys,
    filled,
    refused_types,
    rules_of,
)
from idweave.transforms.columnar.policies.policy import Policy

CONSTRAINED_MERGE = Policy(
    name="constrained_merge",
    words="linkages are added in an order; one that would break a limit is dropped",
    keys=Keys,
    rules=rules_of,
    resolve=resolve,
    filled=filled,
    refused_types=refused_types,
)
