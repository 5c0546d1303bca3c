"""Cases of one configuration share a strategy, and each reads its rows in a scope of its own."""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any


def in_one_order(orders: Sequence[Sequence[str]]) -> list[str]:
    """All names, in an order in which those of each sequence are in its own.

    Raises:
        CycleError: there is none: the cases can't share a strategy.
    """
    before: dict[str, set[str]] = {}
    for order in orders:
        for at, name in enumerate(order):
            before.setdefault(name, set()).update(order[:at])
    return list(TopologicalSorter(before).static_order())


def share(cases: Mapping[str, dict[str, Any]]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The strategies of some cases, those that differ in `link_on` alone as one.

    Returns:
        The name of each case's strategy, and the strategies by name.
    """
    names: dict[str, str] = {}
    alike: list[tuple[dict[str, Any], list[Sequence[str]]]] = []
    for case, body in cases.items():
        switches = {key: value for key, value in body.items() if key != "link_on"}
        at = next((i for i, (other, _) in enumerate(alike) if other == switches), len(alike))
        if at == len(alike):
            alike.append((switches, []))
        alike[at][1].append(body["link_on"])
        names[case] = f"s{at}"
    return names, {
        f"s{at}": body | {"link_on": in_one_order(orders)}
        for at, (body, orders) in enumerate(alike)
    }
