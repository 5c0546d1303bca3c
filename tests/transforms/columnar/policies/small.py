"""Small worlds for policies as pure functions: built for a policy, resolved, told in words."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from idweave.transforms.columnar.codes import BAD_VALUE, NO_VALUE
from idweave.transforms.columnar.policies.policy import Rules
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.columnar.policies.seam import (
    Decisions,
    Identities,
    Observations,
    Resolution,
)
from idweave.transforms.columnar.vocabulary import Reason, Request, Rule, Status
from tests.oracle.world import BAD, Apart, Expected, Identity, Key, Record, strength
from tests.oracle.world import Strategy as Words

Own = tuple[Record, list[Identity]]  # an observation: the identities that it takes part with


class Small(NamedTuple):
    """What a policy sees of some observations, and what its numbers stand for."""

    observations: Observations
    identities: Identities
    decisions: Decisions
    own: list[Own]  # in the order of the arrays
    names: list[Identity]  # by code
    changes: list[tuple[str, str | None, str | None]]


def small(left: Sequence[Own], words: Words, apart: Apart = frozenset()) -> Small:
    """Build what a policy sees.

    Args:
        left: observations in order, each with at least one identity.
        words: the strategy, for `link_on`.
        apart: pairs that no profile may hold.
    """
    components = _components(left, words)
    own = [left[place] for rows, _ in components for place in rows]
    names = [
        identity
        for _, identities in components
        for identity in sorted(identities, key=lambda identity: strength(words, identity))
    ]
    code = {identity: number for number, identity in enumerate(names)}
    of_row = [number for number, (rows, _) in enumerate(components) for _ in rows]
    of_identity = [number for number, (_, held) in enumerate(components) for _ in held]
    changes = [record.changes if record.request == "modify" else () for record, _ in own]
    flat = [change for of_record in changes for change in of_record]
    observations = Observations(
        component=np.array(of_row, np.int32),
        start=_starts([len(ids) for _, ids in own]),
        identity=np.array([code[i] for _, ids in own for i in sorted(ids, key=code.get)], np.int32),  # type: ignore[arg-type]
        request=np.array([Request[record.request.upper()] for record, _ in own], np.int8),
        creates=np.array([record.create for record, _ in own], bool),
        change_start=_starts([len(of_record) for of_record in changes]),
        change_type=np.array([_place(words, kind) for kind, _, _ in flat], np.int16),
        change_old=np.array([_code(words, code, kind, old) for kind, old, _ in flat], np.int32),
        change_new=np.array([_code(words, code, kind, new) for kind, _, new in flat], np.int32),
    )
    identities = Identities(
        np.array(of_identity, np.int32),
        np.array([words.link_on.index(kind) for kind, _ in names], np.int16),
    )
    others = [[code[j] for j in _counterparts(i, apart) if j in code] for i in names]
    decisions = Decisions(
        apart_start=_starts([len(each) for each in others]),
        apart=np.array([j for each in others for j in sorted(each)], np.int32),
        together=np.array([record.decided for record, _ in own], bool),
    )
    return Small(observations, identities, decisions, own, names, flat)


def _starts(lengths: Sequence[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _place(words: Words, kind: str) -> int:
    return words.link_on.index(kind) if kind in words.link_on else -1


def _code(words: Words, code: dict[Identity, int], kind: str, value: str | None) -> int:
    if not value or kind not in words.link_on:
        return NO_VALUE
    return BAD_VALUE if value == BAD else code[kind, value]


def _counterparts(identity: Identity, apart: Apart) -> set[Identity]:
    return {other for pair in apart if identity in pair for other in pair - {identity}}


def _seen(record: Record, ids: Collection[Identity], words: Words) -> set[Identity]:
    """What an observation links: what it carries, and the values of its changes."""
    changed = {
        (kind, value)
        for kind, *values in (record.changes if record.request == "modify" else ())
        for value in values
        if value and value != BAD and kind in words.link_on
    }
    return set(ids) | changed


def _components(left: Sequence[Own], words: Words) -> list[tuple[list[int], set[Identity]]]:
    """Places of observations and identities of each component."""
    found: list[tuple[list[int], set[Identity]]] = []
    for place, (record, ids) in enumerate(left):
        rows, seen = [place], _seen(record, ids, words)
        for other in [other for other in found if other[1] & seen]:
            found.remove(other)
            rows, seen = sorted(rows + other[0]), seen | other[1]
        found.append((rows, seen))
    return found


def resolved(world: Small, policy: str, rules: Rules, decided: bool = True) -> Resolution:
    """What a policy answers."""
    decisions = world.decisions if decided else None
    return POLICIES[policy].resolve(world.observations, world.identities, rules, decisions)


def told(world: Small, answer: Resolution) -> Expected:
    """The answer in the words of the plain reading; what people made is told of nowhere."""
    out = Expected()
    keys = [_key(world, answer, profile) for profile in range(len(answer.known))]
    assert len(set(keys)) == len(keys)
    for row, (record, _) in enumerate(world.own):
        profile, reason = answer.profile[row], Reason(answer.reason[row]).text or None
        key = keys[profile] if profile >= 0 else None
        if not record.decided:
            out.assignments[record.key] = (key, Status(answer.status[row]).text, reason)
    for profile, key in enumerate(keys):
        out.held[key], out.known[key] = set(), bool(answer.known[profile])
        linked = answer.linked_from[profile]
        out.linked_from[key] = keys[linked] if linked >= 0 else None
    for profile, identity in zip(answer.held_profile, answer.held_identity, strict=True):
        assert world.names[identity] not in out.held[keys[profile]]
        out.held[keys[profile]].add(world.names[identity])
    for row, identity, change, rule in zip(*answer.drops, strict=True):
        kind, old, new = world.changes[change] if change >= 0 else ("", None, None)
        dropped = world.names[identity] if identity >= 0 else (kind, str(new or old))
        if identity >= 0 or new or old:
            out.drop(world.own[row][0], dropped, Rule(rule).text)
    out.dropped_links = {
        (world.names[left], world.names[right], Rule(rule).text)
        for left, right, rule in zip(*answer.links, strict=True)
    }
    return out


def _key(world: Small, answer: Resolution, profile: int) -> Key:
    """How a profile was born."""
    row, identity = answer.birth_observation[profile], answer.birth_identity[profile]
    assert (row >= 0) != (identity >= 0)
    component = answer.profile_component[profile]
    if row >= 0:
        assert world.observations.component[row] == component
        record = world.own[row][0]
        return ("record", record.scope, *record.key)
    assert world.identities.component[identity] == component
    return ("identity", world.own[0][0].scope, *world.names[identity])
