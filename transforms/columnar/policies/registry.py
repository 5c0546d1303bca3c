"""The policies: a new one is a folder beside this file, and a name in the list below."""

from idweave.transforms.columnar.policies.constrained_merge.policy import CONSTRAINED_MERGE
from idweave.transforms.columnar.policies.demote_weakest.policy import DEMOTE_WEAKEST
from idweave.transforms.columnar.policies.idsync.policy import IDSYNC
from idweave.transforms.columnar.policies.merge_all.policy import MERGE_ALL
from idweave.transforms.columnar.policies.no_guess.policy import NO_GUESS
from idweave.transforms.columnar.policies.policy import Policy

POLICIES: dict[str, Policy] = {
    policy.name: policy
    for policy in (MERGE_ALL, CONSTRAINED_MERGE, IDSYNC, DEMOTE_WEAKEST, NO_GUESS)
}
