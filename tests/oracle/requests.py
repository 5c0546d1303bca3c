"""SEMANTICS 12: privacy requests, resolved against the base; what they erase and suppress."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from tests.oracle.suppressing import (
    Suppression,
    kept,
    of_identity,
    of_lift,
    of_record,
)
from tests.oracle.world import BAD, Identity, RecordKey, Row, by_bytes

TYPES = ("access", "portability", "erasure", "lift")
FINAL = ("completed", "not_found", "cancelled")


class Request(NamedTuple):
    """One row of a file of requests, its values normalised already."""

    id: str
    type: str
    submitted_at: int  # microseconds
    identities: tuple[Identity, ...] = ()
    lifts: str | None = None
    cancelled_at: int | None = None


class Privacy(NamedTuple):
    """The settings."""

    strategy: str
    by: tuple[str, ...]
    key: bytes
    accept_new: bool = True


class Now(NamedTuple):
    """The run that is made."""

    run_id: str
    as_of: int


class Base(NamedTuple):
    """What requests are resolved against: the privacy strategy's tables of the base."""

    ids: Sequence[Row]
    identities: Sequence[Row]
    assignments: Sequence[Row]
    carried: Sequence[tuple[RecordKey, Collection[Identity]]]  # by each record that the base read
    erased: Collection[str] = ()  # ids that earlier runs erased


class Ledger(NamedTuple):
    """What a run remembers of requests; rows of `requests` without `receipt` and `sources`."""

    requests: Mapping[str, Row] = {}
    suppressions: Sequence[Suppression] = ()


class Done(NamedTuple):
    """What requests make of a run."""

    ledger: Ledger
    erased: frozenset[str]  # profiles that requests erase in this run


class _Found(NamedTuple):
    """Of one request: what it names, and the base's profiles that hold any of that."""

    named: frozenset[Identity]
    profiles: frozenset[str]
    ambiguous: bool


def carry(current: Ledger | None, base: Ledger | None) -> Ledger:
    """What a run begins with: of requests the base's row, else a final one of the current run."""
    requests: dict[str, Row] = {}
    suppressions: set[Suppression] = set()
    for ledger in (base, current):
        for key, row in (ledger.requests if ledger else {}).items():
            if key not in requests or (_is_final(row) and not _is_final(requests[key])):
                requests[key] = row
        suppressions |= set(ledger.suppressions if ledger else ())
    return Ledger(requests, sorted(suppressions))


def _is_final(row: Row) -> bool:
    return row["status"] in FINAL


def carry_out(
    requests: Sequence[Request], before: Ledger, base: Base | None, now: Now, privacy: Privacy
) -> Done:
    """Try every request that is not final. `before`: what the run begins with."""
    rows = dict(before.requests)
    suppressions = set(before.suppressions)
    open_ones = [r for r in requests if r.id not in rows or rows[r.id]["status"] not in FINAL]
    found: dict[str, _Found] = {}
    for request in open_ones:
        status, reason = _verdict(request, now, privacy)
        if status is None and base is None:
            status = "pending"
        if status is None and base and request.type != "lift":
            found[request.id] = _find(request, base, privacy)
            status = "ambiguous" if found[request.id].ambiguous else "completed"
            status = status if found[request.id].profiles else "not_found"
        rows[request.id] = _row(request, status or "", reason, now)
    done = [r for r in open_ones if rows[r.id]["status"] in ("completed", "not_found")]
    erasures = [r for r in done if r.type == "erasure"]
    erased = frozenset(i for r in erasures for i in found[r.id].profiles)
    nobody = erased | set(base.erased if base else ())
    for request in done:
        assert base is not None
        of = found[request.id]
        records = _records_of(base, of.profiles)
        counts = {"profiles": len(of.profiles), "records": len(records)}
        if request.type == "erasure":
            candidates = of.named | _linked(base, of.profiles)
            shared = {i for i in candidates if _of_others(i, base, nobody)}
            counts |= {"identities": len(candidates - shared), "kept_identities": len(shared)}
            hashes = [("record", of_record(privacy.key, r)) for r in records]
            hashes += [("identity", of_identity(privacy.key, i)) for i in candidates - shared]
            suppressions |= {Suppression(*h, request.id, request.submitted_at) for h in hashes}
        rows[request.id] |= counts
    for request in (r for r in open_ones if not rows[r.id]["status"]):
        rows[request.id] = _lifted(request, suppressions, now)
        if rows[request.id]["status"] == "completed":
            hash_ = of_lift(privacy.key, str(request.lifts))
            suppressions.add(Suppression("lift", hash_, request.id, request.submitted_at))
    ledger = Ledger(
        dict(sorted(rows.items(), key=lambda of: by_bytes(of[0]))), kept(privacy.key, suppressions)
    )
    return Done(ledger, erased)


def named_by(request: Request, privacy: Privacy) -> frozenset[Identity]:
    """The identities that prove who asks."""
    return frozenset(i for i in request.identities if i[0] in privacy.by and i[1] != BAD)


def _verdict(request: Request, now: Now, privacy: Privacy) -> tuple[str | None, str | None]:
    """What needs no base: (status, why it is invalid); none: it is to be resolved."""
    if request.type not in TYPES:
        return "invalid", "type"
    if request.submitted_at > now.as_of:
        return "invalid", "submitted_after"
    if request.type == "lift" and not request.lifts:
        return "invalid", "lifts"
    if request.type != "lift" and not named_by(request, privacy):
        return "invalid", "identities"
    return ("cancelled", None) if request.cancelled_at is not None else (None, None)


def _row(request: Request, status: str, reason: str | None, now: Now) -> Row:
    final = status in FINAL
    nothing = dict.fromkeys(("profiles", "records", "identities", "kept_identities"), 0)
    return {
        "request_id": request.id,
        "type": request.type if request.type in TYPES else None,
        "submitted_at": request.submitted_at,
        "status": status,
        "reason": reason,
        "resolved_run": now.run_id if final else None,
        "resolved_at": now.as_of if final else None,
    } | nothing


def _find(request: Request, base: Base, privacy: Privacy) -> _Found:
    named = named_by(request, privacy)
    live = {row["profile_id"] for row in base.ids if row["status"] == "live"}
    holding = {
        (row["scope"], row["profile_id"])
        for row in base.identities
        if row["profile_id"] in live and (row["identity_type"], row["identity_value"]) in named
    }
    scopes = [scope for scope, _ in holding]
    profiles = frozenset(profile_id for _, profile_id in holding)
    return _Found(named, profiles, len(scopes) != len(set(scopes)))


def _records_of(base: Base, profiles: Collection[str]) -> set[RecordKey]:
    return {
        (row["source"], row["record_id"])
        for row in base.assignments
        if row["profile_id"] is not None and row["profile_id"] in profiles
    }


def _linked(base: Base, profiles: Collection[str]) -> frozenset[Identity]:
    return frozenset(
        (row["identity_type"], row["identity_value"])
        for row in base.identities
        if row["linked"] and row["profile_id"] in profiles
    )


def _of_others(identity: Identity, base: Base, erased: Collection[str]) -> bool:
    """Whether a profile that is not erased holds it, or a record of one carries it.

    Values that a `modify` names are not carried here: no table tells of them.
    """
    holders = {
        row["profile_id"]
        for row in base.identities
        if (row["identity_type"], row["identity_value"]) == identity
    }
    profile_of = {(row["source"], row["record_id"]): row["profile_id"] for row in base.assignments}
    carriers = {profile_of[key] for key, carried in base.carried if identity in carried}
    return bool((holders | carriers) - {None} - set(erased))


def _lifted(request: Request, suppressions: Collection[Suppression], now: Now) -> Row:
    """A lift: of an earlier request that suppresses something."""
    times = [s.since for s in suppressions if s.request_id == request.lifts and s.kind != "lift"]
    there = any(time <= request.submitted_at for time in times)
    return _row(request, "completed" if there else "not_found", None, now)
