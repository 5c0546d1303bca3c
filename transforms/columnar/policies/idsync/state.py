"""The state of an `idsync` replay: which profile holds which identity, and who was used last.

Flat arrays with room for everything that a replay can create. A *node* is one identity held by one
profile. Nodes are found by a hash table; besides, each stands in at most one list of its identity:

* of a login type: all who hold it (they are known profiles);
* else, of an anonymous profile with few identities: a list with the profile used last in front, so
  the answer to "who was used last" stands at its head however many hold the identity;
* else, of an anonymous profile with many identities: a list without order (moving all its nodes at
  each use would cost too much; a profile with many identities is rare in any one list).

Known profiles need no other list: an observation can only find them by a login value.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.policies.drop_list import DropList, new_drop_list
from idweave.transforms.columnar.policies.idsync.rules import IdSync
from idweave.transforms.columnar.policies.seam import NOBODY, Decisions, Identities, Observations

NO_IDENTITY = -1  # the profile holds no value of the unique type
NOT_UNIQUE = -1
END = -1  # of a list of nodes
EMPTY, REMOVED = -1, -2  # slots of the hash table without a node
NOWHERE, ORDERED, LOOSE = 0, 1, 2  # a node's list
IDENTITY = np.dtype(
    [
        ("type", np.int32),  # place in `link_on`
        ("unique", np.int32),  # number of its unique type, or NOT_UNIQUE
        ("head", np.int32),  # first node of the ordered list, or of all holders of a login value
        ("loose", np.int32),  # first node of the list without order
        ("length", np.int32),  # nodes in both lists
        ("holders", np.int32),  # profiles that hold it
        ("owner", np.int32),  # of a unique type: who holds it, or NOBODY
        ("login", np.bool_),  # whether it is of a login type
        ("direct", np.bool_),  # whether it is a profile's key
    ],
    align=True,
)
NODE = np.dtype(
    [
        ("profile", np.int32),
        ("identity", np.int32),
        ("before", np.int32),  # in the identity's list
        ("after", np.int32),
        ("held_before", np.int32),  # in the profile's list of nodes
        ("held_after", np.int32),
        ("listed", np.int32),  # which of the identity's lists it is in
    ]
)
PROFILE = np.dtype(
    [
        ("birth", np.int32),  # the observation that created it
        ("linked_from", np.int32),  # the profile that the observation would have had, or NOBODY
        ("used", np.int32),  # the observation that used it last
        ("held", np.int32),  # its first node
        ("degree", np.int32),  # identities held
        ("logins", np.int32),  # login values held: it is known iff there is one
        ("looked_at", np.int32),  # scratch: the observation that was resolved last time
        ("many", np.bool_),  # whether it has once held more than FEW
    ],
    align=True,
)
ANSWER = np.dtype([("profile", np.int32), ("status", np.int8), ("reason", np.int8)])


class State(NamedTuple):
    """``k`` identities, ``n`` observations, ``p`` profiles and ``m`` nodes at most."""

    identity: NDArray[np.void]  # [k] of IDENTITY
    node: NDArray[np.void]  # [m] of NODE
    profile: NDArray[np.void]  # [p] of PROFILE
    value: Ints  # [p, unique types] the value held, or NO_IDENTITY
    immutable: Flags  # [unique types]
    table: Ints  # hash table of nodes, EMPTY or REMOVED where none
    nodes: Longs  # [1] how many were made
    profiles: Longs  # [1]
    answer: NDArray[np.void]  # [n] of ANSWER
    drops: DropList
    apart_start: Longs  # see Decisions
    apart: Ints


def new_state(
    observations: Observations, identities: Identities, rules: IdSync, decisions: Decisions
) -> State:
    """A state in which there is no profile."""
    n = len(observations.component)
    most = len(observations.identity) + len(observations.change_new) + 1
    types = max(int(identities.type.max(initial=0)), *rules.unique, 0) + 1
    of_type = np.zeros(types, IDENTITY)
    of_type["type"] = np.arange(types)
    of_type["unique"] = NOT_UNIQUE
    of_type["unique"][list(rules.unique)] = np.arange(len(rules.unique))
    of_type["head"], of_type["loose"], of_type["owner"] = END, END, NOBODY
    of_type["login"] = np.isin(of_type["type"], rules.login)
    of_type["direct"] = np.isin(of_type["type"], rules.direct)
    return State(
        identity=np.take(of_type, identities.type),
        node=np.empty(most, NODE),
        profile=np.empty(n + 1, PROFILE),
        value=np.empty((n + 1, len(rules.unique)), np.int32),
        immutable=np.array([place in rules.immutable for place in rules.unique], bool),
        table=np.full(1 << max(4, (2 * most).bit_length()), EMPTY, np.int32),
        nodes=np.zeros(1, np.int64),
        profiles=np.zeros(1, np.int64),
        answer=np.zeros(n, ANSWER),
        drops=new_drop_list(most),
        apart_start=decisions.apart_start,
        apart=decisions.apart,
    )
