"""What stays suppressed: rows of `suppressions`, and the lists that workers look things up in."""

import secrets
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.privacy.request import Request
from idweave.transforms.columnar.arrays.factorise import factorise
from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.arrays.siphash import hash_strings
from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.deciding.decision import Decision
from idweave.transforms.columnar.privacy.find_listed import Listed, find_listed, listed
from idweave.transforms.columnar.privacy.hashes import (
    HASH_DIGITS,
    IDENTITY,
    LIFT,
    RECORD,
    full_hash,
    full_hashes,
    short_hashes,
)
from idweave.transforms.tables.suppressions import TABLE
from idweave.transforms.tables.table import plain

_ALWAYS = np.iinfo(np.int64).max
_SCHEMA = plain(TABLE.columns)


def rows_of_records(key: bytes, records: pa.Table, requests: list[Request]) -> Iterator[pa.Table]:
    """Rows of records: request (place), source, record_id."""
    yield from _rows(key, RECORD, records.rename_columns(["request", "name", "value"]), requests)


def rows_of_identities(
    key: bytes, identities: pa.Table, requests: list[Request]
) -> Iterator[pa.Table]:
    """Rows of identities: request (place), type, value."""
    named = identities.rename_columns(["request", "name", "value"])
    yield from _rows(key, IDENTITY, named, requests)


def _rows(key: bytes, kind: str, found: pa.Table, requests: list[Request]) -> Iterator[pa.Table]:
    for name in pc.unique(found["name"]).to_pylist():  # sources, or types
        own = found.filter(pc.equal(found["name"], name))
        values = own["value"].combine_chunks()
        places = own["request"].to_pylist()
        yield pa.table(
            [
                pa.array([kind] * len(values), pa.string()),
                full_hashes(key, kind, name, values).texts(),
                pa.array([requests[place].request_id for place in places], pa.string()),
                pa.array([requests[place].submitted_at for place in places], pa.int64()).cast(
                    _SCHEMA.field("since").type
                ),
                pa.array(short_hashes(key, kind, name, values).view(np.int64)),
            ],
            schema=_SCHEMA,
        )


def rows_of_lifts(key: bytes, lifts: Iterable[Request]) -> pa.Table:
    """A row for each request that ends the suppression of another's identities."""
    rows = [
        {
            "kind": LIFT,
            "hash": full_hash(key, LIFT, request.lifts or ""),
            "request_id": request.request_id,
            "since": request.submitted_at,
            "short_hash": None,
        }
        for request in lifts
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)


def without_lifted(key: bytes, suppressions: pa.Table) -> pa.Table:
    """The rows but those of identities whose request a row of kind `lift` names."""
    lifted = set(suppressions.filter(pc.equal(suppressions["kind"], LIFT))["hash"].to_pylist())
    if not lifted:
        return suppressions
    of_identity = pc.equal(suppressions["kind"], IDENTITY)
    ids = pc.unique(suppressions.filter(of_identity)["request_id"]).to_pylist()
    ended = pa.array([of for of in ids if full_hash(key, LIFT, of) in lifted], pa.string())
    gone = pc.and_(of_identity, pc.is_in(suppressions["request_id"], ended))
    return suppressions.filter(pc.invert(gone))


def lists_of(suppressions: pa.Table, numbered: pa.Array, accept_new: bool) -> tuple[Listed, Listed]:
    """What workers look records, and identities, up in.

    Args:
        numbered: ids of requests, each at its number; others have the number -1.
        accept_new: false: an identity is suppressed whatever the record's time.
    """
    since = suppressions["since"].cast(pa.int64()).to_numpy()
    words = [id_words(chunk, HASH_DIGITS)[:, 0] for chunk in suppressions["hash"].chunks]
    check = np.concatenate([np.empty(0, np.uint64), *words])
    short = suppressions["short_hash"].fill_null(0).to_numpy().view(np.uint64)
    request = _numbers(suppressions["request_id"], numbered)

    def of_kind(kind: str, always: bool) -> Listed:
        at = np.flatnonzero(pc.equal(suppressions["kind"], kind).to_numpy())
        moments = np.full(len(at), _ALWAYS, np.int64) if always else since[at]
        return listed(short[at], check[at], moments, request[at])

    return of_kind(RECORD, True), of_kind(IDENTITY, not accept_new)


def _numbers(requests: pa.ChunkedArray, numbered: pa.Array) -> Ints:
    """[n] the place of each id of a request among those that have numbers, or -1."""
    key = secrets.randbits(64), secrets.randbits(64)
    hashes = [hash_strings(texts, key) for texts in (numbered, *requests.chunks)]
    code = factorise(np.concatenate(hashes)).code[len(numbered) :]
    return np.where(code < len(numbered), code, -1).astype(np.int32)


def without_names(
    decisions: tuple[Decision, ...] | None, identities: Listed, key: bytes, types: Sequence[str]
) -> tuple[Decision, ...] | None:
    """Decisions; of those that name a suppressed identity hashes, which no record carries."""
    if not decisions:
        return decisions
    named = {side for decision in decisions for side in (decision.left, decision.right)}
    suppressed = set()
    for kind in {kind for kind, _ in named}:
        values = sorted(value for of, value in named if of == kind)
        hits = find_listed(identities, key, IDENTITY, types[kind], pa.array(values, pa.string()))
        suppressed |= {(kind, values[place]) for place in hits.value.tolist()}

    def hashed(side: tuple[int, str]) -> tuple[int, str]:
        return side[0], full_hash(key, IDENTITY, types[side[0]], side[1])

    return tuple(
        decision._replace(left=hashed(decision.left), right=hashed(decision.right))
        if suppressed & {decision.left, decision.right}
        else decision
        for decision in decisions
    )
