"""SEMANTICS 12: which records are suppressed, before anything else looks at them."""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from tests.oracle.world import BAD, Identity, Record, RecordKey, Row


class Suppression(NamedTuple):
    """A row of table `suppressions`."""

    kind: str  # record, identity or lift
    hash: str
    request_id: str
    since: int  # microseconds


def hashed(key: bytes, *words: str) -> str:
    """HMAC-SHA256 in hex of words with zero bytes between them."""
    return hmac.new(key, "\0".join(words).encode(), hashlib.sha256).hexdigest()


def of_record(key: bytes, record: RecordKey) -> str:
    """The hash of a record."""
    return hashed(key, "record", *record)


def of_identity(key: bytes, identity: Identity) -> str:
    """The hash of an identity."""
    return hashed(key, "identity", *identity)


def of_lift(key: bytes, lifted: str) -> str:
    """The hash that a lift leaves of the request that it lifts."""
    return hashed(key, "lift", lifted)


def carried_by(record: Record) -> set[Identity]:
    """What a record carries as it was read, values of `modify` included (as in § 7)."""
    own = set(record.identities)
    if record.request == "modify":
        for kind, *values in record.changes:
            own |= {(kind, value) for value in values if value and value != BAD}
    return own


def in_force(key: bytes, rows: Collection[Suppression]) -> list[Suppression]:
    """What suppresses: all records, and identities of requests that no lift names."""
    lifts = {row.hash for row in rows if row.kind == "lift"}
    return sorted(
        row
        for row in set(rows)
        if row.kind == "record"
        or (row.kind == "identity" and of_lift(key, row.request_id) not in lifts)
    )


def kept(key: bytes, rows: Collection[Suppression]) -> list[Suppression]:
    """What the table holds: what is in force, and the lifts."""
    return sorted({*in_force(key, rows), *(row for row in rows if row.kind == "lift")})


def requests_of(
    key: bytes, record: Record, rows: Sequence[Suppression], accept_new: bool
) -> set[str]:
    """The requests that suppress a record; none: it is read as any. `rows` are in force."""
    own = of_record(key, record.key)
    carried = {of_identity(key, identity) for identity in carried_by(record)}
    out = set()
    for row in rows:
        if row.kind == "record" and row.hash == own:
            out.add(row.request_id)
        if row.kind == "identity" and row.hash in carried:
            old = record.event_time is None or record.event_time <= row.since
            if old or not accept_new:
                out.add(row.request_id)
    return out


def split(
    key: bytes, records: Iterable[Record], rows: Sequence[Suppression], accept_new: bool
) -> tuple[list[Record], list[tuple[Record, set[str]]]]:
    """Records that are read, and those that are suppressed with the requests that do it."""
    left, suppressed = [], []
    for record in records:
        if requests := requests_of(key, record, rows, accept_new):
            suppressed.append((record, requests))
        else:
            left.append(record)
    return left, suppressed


def assignment(key: bytes, record: Record) -> Row:
    """The row of a suppressed record in `assignments`."""
    nothing = dict.fromkeys(("event_time", "scope", "profile_id", "reason"))
    named = {"source": record.source, "record_id": of_record(key, record.key)}
    return named | nothing | {"status": "suppressed"}
