"""SEMANTICS 11, read slowly: which profiles are a group, and what a group's attributes are."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.oracle.attributes import cast, text_of
from tests.oracle.lasting import digest
from tests.oracle.world import Row, by_bytes

MAX_SIZE = 20
LIMIT = 10  # of `collect`


class Group(NamedTuple):
    """The rules of one group, as the configuration has them."""

    name: str
    by: str  # an attribute or an identity type
    by_type: bool = False  # whether it is an identity type
    max_size: int = MAX_SIZE
    attributes: Mapping[str, str] = {}  # attribute: rule
    kinds: Mapping[str, str | None] = {}  # attribute: its type


class Groups(NamedTuple):
    """Tables `groups/NAME` and `group_attributes/NAME`, and groups that were too large."""

    rows: list[Row]
    attributes: list[Row]
    too_large: int


def folded(value: Any) -> str | None:
    """How values of `by` compare; none: no value."""
    text = text_of(value)
    return None if text is None else text.strip().casefold()


def groups_of(
    group: Group, profiles: Sequence[Row], identities: Sequence[Row], key: bytes = b""
) -> Groups:
    """Groups of one strategy's profiles; `identities`: all rows, linked or not."""
    values: dict[str, set[str]] = {row["profile_id"]: set() for row in profiles}
    found = (
        [(row["profile_id"], row["identity_value"]) for row in identities
         if row["identity_type"] == group.by]
        if group.by_type
        else [(row["profile_id"], row[group.by]) for row in profiles]
    )  # fmt: skip
    for profile_id, value in found:
        if (text := folded(value)) is not None:
            values[profile_id].add(text)
    by_id = {row["profile_id"]: row for row in profiles}
    rows, attributes, too_large = [], [], 0
    for scope in sorted({row["scope"] for row in profiles}):
        own = {i: of for i, of in values.items() if of and by_id[i]["scope"] == scope}
        for members, shared in _tied(own):
            if len(members) > group.max_size:
                too_large += 1
                continue
            smallest = min(shared, key=by_bytes)
            group_id = digest(f"group\0{scope}\0{group.name}\0{smallest}", key)
            named = {"group_id": group_id, "scope": scope}
            rows += [named | {"profile_id": i} for i in sorted(members)]
            made = {
                name: attribute(rule, [by_id[i].get(name) for i in members], group.kinds.get(name))
                for name, rule in group.attributes.items()
            }
            attributes.append(named | {"profile_count": len(members)} | made)
    return Groups(rows, attributes, too_large)


def _tied(values: Mapping[str, set[str]]) -> list[tuple[set[str], set[str]]]:
    """Profiles that share values, directly or by way of others, with all their values."""
    tied: list[tuple[set[str], set[str]]] = []
    for profile_id, own in values.items():
        touching = [of for of in tied if of[1] & own]
        tied = [of for of in tied if not of[1] & own]
        members = {profile_id}.union(*(of[0] for of in touching))
        tied.append((members, own.union(*(of[1] for of in touching))))
    return tied


def attribute(rule: str, values: Sequence[Any], kind: str | None) -> Any:
    """A group's attribute from those of its profiles, by a rule of § 8 that needs no order."""
    left = [value for value in values if value is not None]
    if rule == "count":
        return len(left)
    if rule in ("any_true", "all_true"):
        flags = [_flag(value) for value in left]
        flags = [flag for flag in flags if flag is not None]
        return (any if rule == "any_true" else all)(flags) if flags else None
    if not left:
        return None
    if rule == "sum":
        if kind == "double":
            return math.fsum(left)
        return sum(left) if -(2**63) <= sum(left) < 2**63 else None
    smallest_first = sorted(set(left), key=_order)
    if rule == "collect":
        return smallest_first[:LIMIT]
    if rule == "most_frequent":
        return max(smallest_first, key=left.count)
    return smallest_first[0 if rule == "min" else -1]


def _order(value: Any) -> Any:
    return by_bytes(value) if isinstance(value, str) else value


def _flag(value: Any) -> bool | None:
    try:
        return value if isinstance(value, bool) else cast(str(text_of(value)), "boolean")
    except ValueError:
        return None
