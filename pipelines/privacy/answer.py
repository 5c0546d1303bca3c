"""What becomes of each request: the rows of `requests`, and what they suppress and erase."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.request import Request
from idweave.pipelines.privacy.resolve import Resolved, can_resolve, resolve
from idweave.pipelines.privacy.suppressed import (
    rows_of_identities,
    rows_of_lifts,
    rows_of_records,
    without_lifted,
)
from idweave.pipelines.privacy.taken_over import TakenOver, once
from idweave.pipelines.run.base import Base
from idweave.pipelines.settings.privacy import Privacy
from idweave.transforms.columnar.privacy.hashes import LIFT
from idweave.transforms.columnar.vocabulary import PrivacyRequest, RequestReason, RequestStatus

_NONE = pa.table({"profile_id": pa.array([], pa.string())})
At = tuple[str, int, Base | None, pa.Table]  # run, its moment, its base, ids erased before


class Answer(NamedTuple):
    """A row of `requests` that this run makes, but for its sources and its receipt."""

    request_id: str
    type: str | None
    submitted_at: int | None
    status: str
    reason: str | None = None
    resolved_run: str | None = None
    resolved_at: int | None = None
    profiles: int = 0
    records: int = 0
    identities: int = 0
    kept_identities: int = 0
    profile_ids: tuple[str, ...] = ()  # of a request that this run completes


class Answers(NamedTuple):
    """What a run answers."""

    new: tuple[Answer, ...]  # by request id
    before: pa.Table  # rows of `requests` that stay as they are
    suppressions: pa.Table  # taken over and new
    erased: pa.Table  # profile_id: by this run
    types: tuple[str, ...]  # of identities that this run suppresses


def answer(
    privacy: Privacy, key: bytes, requests: Sequence[Request], taken: TakenOver, at: At
) -> Answers:
    """Answer requests that are not done; what was said of others stays as it is."""
    run_id, as_of, base, erased_before = at
    answers: dict[str, Answer] = {}
    open_: list[Request] = []
    for request in requests:
        early = _early(request, run_id, as_of, base, privacy)
        if early is None:
            open_.append(request)
        else:
            answers[request.request_id] = early
    lifts = [request for request in open_ if request.type == PrivacyRequest.LIFT.text]
    asked = [request for request in open_ if request.type != PrivacyRequest.LIFT.text]
    suppressions, erased = taken.suppressions, _NONE
    types: tuple[str, ...] = ()
    if asked and base is not None:
        found = resolve(base, privacy.strategy, asked, erased_before)
        told = list(_answered(asked, found, run_id, as_of))
        answers |= {of.request_id: of for of in told}
        new, erased, types = _suppressed(key, asked, found, told)
        suppressions = once([suppressions, *new])
    if lifts:
        told = [_lifted(request, suppressions, run_id, as_of) for request in lifts]
        answers |= {of.request_id: of for of in told}
        done = [r for r, of in zip(lifts, told, strict=True) if of.status == _DONE]
        suppressions = once([suppressions, rows_of_lifts(key, done)])
    suppressions = without_lifted(key, suppressions)
    ordered = sorted(answers.values(), key=lambda of: of.request_id.encode())
    again = pc.is_in(taken.requests["request_id"], pa.array(list(answers), pa.string()))
    before = taken.requests.filter(pc.invert(again))
    return Answers(tuple(ordered), before, suppressions, erased, types)


_DONE = RequestStatus.COMPLETED.text


def _early(
    request: Request, run_id: str, as_of: int, base: Base | None, privacy: Privacy
) -> Answer | None:
    """The answer of a request that is not resolved; None: it is."""
    of = Answer(request.request_id, request.type, request.submitted_at, "")
    wrong = request.wrong
    if wrong == RequestReason.NONE and (request.submitted_at or 0) > as_of:
        wrong = RequestReason.SUBMITTED_LATER
    if wrong != RequestReason.NONE:
        return of._replace(status=RequestStatus.INVALID.text, reason=wrong.text)
    if request.cancelled_at is not None:
        status = RequestStatus.CANCELLED.text
        return of._replace(status=status, resolved_run=run_id, resolved_at=as_of)
    waits = RequestReason.NONE
    if base is None:
        waits = RequestReason.NO_BASE
    elif request.type != PrivacyRequest.LIFT.text and not can_resolve(base, privacy.strategy):
        waits = RequestReason.BASE_LACKS_TABLES
    elif _exports(request) and privacy.exports is None:
        waits = RequestReason.NO_EXPORTS
    if waits == RequestReason.NONE:
        return None
    return of._replace(status=RequestStatus.PENDING.text, reason=waits.text)


def _exports(request: Request) -> bool:
    return request.type in (PrivacyRequest.ACCESS.text, PrivacyRequest.PORTABILITY.text)


def _answered(
    requests: Sequence[Request], found: Resolved, run_id: str, as_of: int
) -> Iterator[Answer]:
    profiles: dict[int, list[str]] = {}
    for place, profile in zip(*(c.to_pylist() for c in found.profiles.columns), strict=True):
        profiles.setdefault(place, []).append(profile)
    records = Counter(found.records["request"].to_pylist())
    is_kept = found.identities["kept"]
    kept = Counter(found.identities.filter(is_kept)["request"].to_pylist())
    own = Counter(found.identities.filter(pc.invert(is_kept))["request"].to_pylist())
    for place, request in enumerate(requests):
        of = Answer(request.request_id, request.type, request.submitted_at, "")
        if place in found.ambiguous:
            status, reason = RequestStatus.AMBIGUOUS, RequestReason.SEVERAL_PROFILES
            yield of._replace(status=status.text, reason=reason.text)
            continue
        ids = tuple(profiles.get(place, ()))
        status = RequestStatus.COMPLETED if ids else RequestStatus.NOT_FOUND
        yield of._replace(
            status=status.text,
            resolved_run=run_id,
            resolved_at=as_of,
            profiles=len(ids),
            records=records[place],
            identities=own[place],
            kept_identities=kept[place],
            profile_ids=ids,
        )


def _suppressed(
    key: bytes, requests: list[Request], found: Resolved, told: Sequence[Answer]
) -> tuple[list[pa.Table], pa.Table, tuple[str, ...]]:
    """New rows of `suppressions`, the ids that are erased, and the types of identities."""
    places = [p for p, r in enumerate(requests) if r.type == PrivacyRequest.ERASURE.text]
    erasures = pa.array(places, pa.int32())
    records = found.records.filter(pc.is_in(found.records["request"], erasures))
    identities = found.identities.filter(pc.invert(found.identities["kept"]))
    identities = identities.drop_columns(["kept"])
    erased = [profile for place in places for profile in told[place].profile_ids]
    types = tuple(sorted(pc.unique(identities["type"]).to_pylist()))
    rows = [
        *rows_of_records(key, records, requests),
        *rows_of_identities(key, identities, requests),
    ]
    return rows, pa.table({"profile_id": pa.array(erased, pa.string())}), types


def _lifted(request: Request, suppressions: pa.Table, run_id: str, as_of: int) -> Answer:
    """The answer of a lift: it is of an earlier request that suppresses something."""
    of = Answer(request.request_id, request.type, request.submitted_at, "")
    own = suppressions.filter(pc.equal(suppressions["request_id"], request.lifts))
    since = own.filter(pc.not_equal(own["kind"], LIFT))["since"].cast(pa.int64())
    found = pc.any(pc.less_equal(since, request.submitted_at)).as_py()
    status = RequestStatus.COMPLETED if found else RequestStatus.NOT_FOUND
    return of._replace(status=status.text, resolved_run=run_id, resolved_at=as_of)
