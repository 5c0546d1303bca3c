"""SEMANTICS 7: records as a strategy sees them with decisions, and what became of those."""

from collections.abc import Iterable, Sequence

from tests.oracle.decisions import Classes, Decision, concerns, of_scope, ties
from tests.oracle.world import (
    BAD,
    DECISIONS,
    Expected,
    Identity,
    Record,
    Row,
    Strategy,
    by_bytes,
    counterparts,
    linked,
)


def carried(records: Iterable[Record]) -> dict[str, set[Identity]]:
    """The identities that some observation carries as it was read, by scope."""
    out: dict[str, set[Identity]] = {}
    for record in records:
        own = out.setdefault(record.scope, set())
        own |= set(record.identities)
        if record.request == "modify":
            for kind, *values in record.changes:
                own |= {(kind, value) for value in values if value and value != BAD}
    return out


def decide(
    records: Sequence[Record],
    strategy: Strategy,
    decisions: Sequence[Decision],
    expected: Expected,
) -> list[Record]:
    """The records as the strategy sees them, those that people decided before all others.

    `decisions` are in force and concern the strategy; `records` are in order. What `apart` leaves
    out of a record, and the pairs that are apart in each scope, are told in `expected`.
    """
    read = carried(records)
    decided: list[Record] = []
    seen: dict[str, list[Record]] = {}
    for scope, identities in read.items():
        classes = ties(decisions, strategy, scope)
        here = [
            d
            for d in decisions
            if of_scope(d, scope) and concerns(d, strategy) and {d.left, d.right} <= identities
        ]
        pairs = [(d, _smallest(d.left, classes), _smallest(d.right, classes)) for d in here]
        apart = frozenset(frozenset((a, b)) for d, a, b in pairs if d.action == "apart")
        expected.aparts[scope], expected.classes[scope] = apart, classes
        newest_first = sorted(pairs, key=lambda p: (-p[0].decided_at, by_bytes(p[0].id)))
        together = [
            Record(DECISIONS, d.id, None, scope, "identify", True, (a, b))
            for d, a, b in newest_first
            if d.action == "together" and not d.one_type
        ]
        own = [record for record in records if record.scope == scope]
        decided += [_as_seen(record, strategy, classes, expected) for record in together]
        seen[scope] = [_as_seen(record, strategy, classes, expected) for record in own]
    by_key = {record.key: record for own in seen.values() for record in own}
    return decided + [by_key[record.key] for record in records]


def _smallest(identity: Identity | None, classes: Classes) -> Identity:
    assert identity is not None
    return classes.get(identity, identity)


def _as_seen(record: Record, strategy: Strategy, classes: Classes, expected: Expected) -> Record:
    """The record with tied values as one, without what is apart from something stronger in it."""
    mapped = record._replace(identities=tuple({classes.get(i, i) for i in record.identities}))
    outside: set[str] = set()  # types that neither push out others nor are pushed out
    if strategy.policy == "idsync" and record.request == "logout":
        outside = set(strategy.params.get("login", ()))
    taken: set[Identity] = set()
    left_out: set[Identity] = set()
    for identity in linked(strategy, mapped):
        if identity[0] in outside:
            continue
        if counterparts(identity, expected.aparts[record.scope]) & taken:
            left_out.add(identity)
            expected.drop(record, identity, "apart")
        else:
            taken.add(identity)
    if not record.decided:
        expected.left_out[record.key] = left_out
        expected.tied[record.key] = {
            i: classes[i]
            for i in record.identities
            if i in classes and classes[i] != i and classes[i] not in left_out
        }
    changes = tuple(
        (kind, _value(kind, old, classes), _value(kind, new, classes))
        for kind, old, new in record.changes
    )
    kept = tuple(sorted(set(mapped.identities) - left_out))
    return record._replace(identities=kept, changes=changes)


def _value(kind: str, value: str | None, classes: Classes) -> str | None:
    return classes.get((kind, value), (kind, value))[1] if value else value


def outcomes(
    records: Sequence[Record],
    strategy: Strategy,
    decisions: Sequence[Decision],
    expected: Expected,
) -> list[Row]:
    """Table `decisions`: what became of each decision that is in force for the strategy."""
    read = carried(records)
    rows = []
    for d in decisions:
        scopes = [s for s in sorted(read, key=by_bytes) if {d.left, d.right} <= read[s]]
        scopes = [scope for scope in scopes if of_scope(d, scope)]
        if not scopes:
            rows.append(d.row() | {"scope": None, "outcome": "no_effect"})
        for scope in scopes:
            classes = ties(decisions, strategy, scope)
            both = {_smallest(d.left, classes), _smallest(d.right, classes)}
            held = any(key[1] == scope and both <= ids for key, ids in expected.held.items())
            outcome = "holds" if held == (d.action == "together") else "overruled"
            rows.append(
                d.row()
                | {
                    "scope": scope,
                    "outcome": outcome if concerns(d, strategy) else "no_effect",
                }
            )
    return rows
