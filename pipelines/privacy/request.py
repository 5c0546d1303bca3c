"""Requests of people: read from their files, a line each; a faulty one stops nothing."""

import io
import json
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeGuard

import pyarrow as pa
from pyarrow.json import ParseOptions, ReadOptions, read_json

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.inputs import InputFile, named
from idweave.pipelines.run.plan import identity_tests
from idweave.pipelines.settings import Settings
from idweave.pipelines.settings.values import microseconds
from idweave.transforms.columnar.identities.normalise import normalise_values
from idweave.transforms.columnar.reading.read_text import is_unicode
from idweave.transforms.columnar.vocabulary import PrivacyRequest, RequestReason, texts
from idweave.transforms.exchange.store import open_file

_TYPES = texts(PrivacyRequest)
Identity = tuple[str, str]  # type and value, as normalised


class Request(NamedTuple):
    """What one person asks for."""

    request_id: str
    type: str | None = None
    submitted_at: int | None = None  # microseconds since the epoch
    identities: tuple[Identity, ...] = ()  # of types in `privacy.by`, sorted
    lifts: str | None = None
    cancelled_at: int | None = None
    wrong: RequestReason = RequestReason.NONE


def read_requests(
    settings: Settings, files: Sequence[InputFile], done: Container[str] = ()
) -> list[Request]:
    """The requests that are not done, by time and id; of each id one.

    Args:
        done: ids of those that no run looks at again.

    Raises:
        WrongUsage: a file can't be read. What is wrong with a line is the request's `wrong`.
    """
    found = [request for file in files for request in _of_file(file, done)]
    by_id: dict[str, Request] = {}
    for request in _normalised(found, settings):
        known = by_id.get(request.request_id)
        by_id[request.request_id] = request if known is None else _one(known, request)
    return sorted(by_id.values(), key=lambda r: (r.submitted_at or 0, r.request_id.encode()))


def _of_file(file: InputFile, done: Container[str]) -> Iterator[Request]:
    try:
        with open_file(file.path) as opened:
            body = opened.read().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise WrongUsage(f"{named(file.path)}: {error.strerror or type(error).__name__}") from None
    lines = io.BytesIO(body).readlines()
    bare = [line.strip() for line in lines]
    ids = iter(_request_ids(body, [line for line in bare if line]))
    for number, line in enumerate(lines, start=1):
        if bare[number - 1] and next(ids) not in done:
            request = _parsed(line, f"{file.path.rpartition('/')[2]}:{number}", done)
            if request is not None:
                yield request


_ONE_THREAD = ReadOptions(use_threads=False)
_LINES = ParseOptions(
    explicit_schema=pa.schema([("request_id", pa.string())]), unexpected_field_behavior="ignore"
)


def _request_ids(body: bytes, objects: Sequence[bytes]) -> Iterable[str | None]:
    """The request id of each line that is not blank, read at once: most lines may be done.

    None: the line has to be looked at; all have, where one is no object on a line of its own.
    """
    try:
        body.decode()
        if all(line[:1] == b"{" and line[-1:] == b"}" for line in objects):
            found = read_json(pa.BufferReader(body), _ONE_THREAD, _LINES)["request_id"]
            if len(found) == len(objects):
                return found.to_pylist()
    except (pa.ArrowException, UnicodeDecodeError):
        pass  # what is wrong with which line is told when it is looked at
    return [None] * len(objects)


def _parsed(line: bytes, place: str, done: Container[str]) -> Request | None:
    """One line; its values are as they were written. None: it is done."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return Request(place, wrong=RequestReason.NOT_JSON)
    request_id = body.get("request_id")
    if isinstance(request_id, int) and not isinstance(request_id, bool):
        request_id = str(request_id)
    if not _is_text(request_id):
        return Request(place, wrong=RequestReason.NO_REQUEST_ID)
    if request_id in done:
        return None
    kind, lifts = body.get("type"), body.get("lifts")
    submitted, cancelled = _time(body.get("submitted_at")), _time(body.get("cancelled_at"))
    identities = _identities(body.get("identities", []))
    wrong = RequestReason.NONE
    if kind not in _TYPES:
        kind, wrong = None, RequestReason.UNKNOWN_TYPE
    elif submitted is None or (cancelled is None and body.get("cancelled_at") is not None):
        wrong = RequestReason.NO_TIME
    elif identities is None:
        wrong = RequestReason.FAULTY_IDENTITIES
    elif kind == PrivacyRequest.LIFT.text and not _is_text(lifts):
        wrong = RequestReason.NO_LIFTS
    lifts = lifts if _is_text(lifts) else None
    return Request(request_id, kind, submitted, identities or (), lifts, cancelled, wrong)


def _is_text(value: Any) -> TypeGuard[str]:
    """Whether there is something that UTF-8 can hold."""
    return isinstance(value, str) and bool(value.strip()) and is_unicode(value)


def _time(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        moment: int = microseconds(value)
    except ValueError:
        return None
    return moment


def _identities(body: Any) -> tuple[Identity, ...] | None:
    """Types and values as they were written; None: they can't be understood."""
    if not isinstance(body, list):
        return None
    found = []
    for of in body:
        kind, value = (of.get("type"), of.get("value")) if isinstance(of, dict) else (None, None)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(kind, str) or not isinstance(value, str) or not is_unicode(kind + value):
            return None
        found.append((kind, value))
    return tuple(found)


def _normalised(requests: Sequence[Request], settings: Settings) -> Iterator[Request]:
    """The requests with the values of types that prove who asks, normalised and tested."""
    privacy = settings.privacy
    assert privacy is not None
    tests = dict(zip(settings.identities, identity_tests(settings), strict=True))
    normal: dict[Identity, str | None] = {}
    for kind in privacy.by:
        values = sorted({v for r in requests for k, v in r.identities if k == kind})
        found = normalise_values(pa.array(values, pa.string()), tests[kind]).value
        normal |= {(kind, v): n for v, n in zip(values, found.to_pylist(), strict=True)}
    for request in requests:
        own = {(k, n) for k, v in request.identities if (n := normal.get((k, v))) is not None}
        request = request._replace(identities=tuple(sorted(own)))
        proves = request.identities or request.type == PrivacyRequest.LIFT.text
        if request.wrong == RequestReason.NONE and not proves:
            request = request._replace(wrong=RequestReason.NO_PROOF)
        yield request


def _one(known: Request, other: Request) -> Request:
    """Two lines of one id: that it was cancelled may be said later; nothing else may differ."""
    moments = [r.cancelled_at for r in (known, other) if r.cancelled_at is not None]
    cancelled = min(moments, default=None)
    if known._replace(cancelled_at=None) == other._replace(cancelled_at=None):
        return known._replace(cancelled_at=cancelled)
    return Request(known.request_id, wrong=RequestReason.TWICE)
