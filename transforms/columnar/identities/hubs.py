"""Hub rules: identities that are linked to too many identities of another type."""

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.factorise import Hashes, factorise, factorise_pairs
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs


def hub_pairs(
    start: Longs,
    of_entry: Ints,
    type_of_node: NDArray[np.int16],
    counted: Flags,
    hub_type: int,
    linked_type: int,
) -> tuple[Ints, Ints]:
    """The distinct pairs of a hub's node and a linked node that one record carries.

    Every hub is paired with itself, too: a unit that has it without a linked identity must hear of
    the verdict as well.

    Args:
        start: [n + 1], of_entry: [e] node or -1
        type_of_node: [k] identity type
        counted: [n] the record counts
        hub_type, linked_type: may be the same; an identity doesn't link itself.

    Returns:
        hub [p], linked [p]
    """
    hub, linked = _pairs(start, of_entry, type_of_node, counted, hub_type, linked_type)
    _, first = factorise_pairs(hub.astype(np.int64), linked.astype(np.int64))
    itself = np.flatnonzero(type_of_node == hub_type).astype(np.int32)
    return np.concatenate([hub[first], itself]), np.concatenate([linked[first], itself])


@kernel
def _pairs(start, of_entry, kind, counted, hub_type, linked_type):  # type: ignore[no-untyped-def]
    total = 0
    hub = np.empty(0, np.int32)
    linked = np.empty(0, np.int32)
    for fill in range(2):
        if fill:
            hub = np.empty(total, np.int32)
            linked = np.empty(total, np.int32)
            total = 0
        for row in range(len(start) - 1):
            if not counted[row]:
                continue
            for a in range(start[row], start[row + 1]):
                if of_entry[a] < 0 or kind[of_entry[a]] != hub_type:
                    continue
                for b in range(start[row], start[row + 1]):
                    if of_entry[b] < 0 or kind[of_entry[b]] != linked_type or a == b:
                        continue
                    if fill:
                        hub[total] = of_entry[a]
                        linked[total] = of_entry[b]
                    total += 1
    return hub, linked


def over_limit(rule: Ints, hub: Hashes, linked: Hashes, more_than: Longs) -> Flags:
    """[p] whether the pair's hub links more distinct identities than its rule allows.

    Args:
        rule: [p] place of the rule
        hub, linked: [p, 2]
        more_than: by rule
    """
    hub_code, _ = factorise(hub)
    by_rule, first = factorise_pairs(hub_code.astype(np.int64), rule.astype(np.int64))
    linked_code, _ = factorise(linked)
    _, once = factorise_pairs(by_rule.astype(np.int64), linked_code.astype(np.int64))
    count = np.bincount(by_rule[once], minlength=len(first))
    return (count - 1 > more_than[rule[first]])[by_rule]  # one of them is the hub itself
