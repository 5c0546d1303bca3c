"""The table `assignments`: what became of every readable record."""

from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.arrays.types import Bytes, Flags, Ints, Longs
from idweave.transforms.columnar.components.birth import hex_texts
from idweave.transforms.columnar.reading.records import NO_TIME
from idweave.transforms.columnar.vocabulary import Reason, Status, texts
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Job
from idweave.transforms.tables.columns import chosen, coded, same, times
from idweave.transforms.tables.table import TIME, Table, column

T = TypeVar("T", bound=np.generic)
_NO_SCOPE = -2  # of what is suppressed not even the scope is told

_ALIAS = column(
    "alias_profile_id",
    pa.string(),
    "the known profile whose past the record is, by an alias",
    null=True,
    stored="ids",
)


def _more(job: Job, strategy: str) -> list[pa.Field]:
    """The known profile of a record of the past, where the strategy asks for aliases."""
    plan = next(plan for plan in job.strategies if plan.name == strategy)
    return [_ALIAS] if plan.aliases is not None else []


TABLE = Table(
    name="assignments",
    one_for="strategy",
    about="a readable record",
    columns=pa.schema(
        [
            column("source", pa.string(), "the record's source", stored="names"),
            column("record_id", pa.string(), "its id in the source", personal=True,
                   stored="keys"),
            column("event_time", TIME, "when it happened", null=True, stored="numbers"),
            column("scope", pa.string(), "its scope; empty: its workspace is in none; null: it "
                   "is suppressed", stored="names"),
            column("profile_id", pa.string(), "the profile that it belongs to", null=True,
                   stored="ids"),
            column("status", pa.string(), "what became of it: see Words", stored="names"),
            column("reason", pa.string(), "why: see Words", null=True, stored="names"),
        ]
    ),
    key=("source", "record_id"),
    but="rows with status `duplicate`, and sources with `duplicates: keep`",
    order="source, path, position; a file for each unit of work",
    more="of a strategy with `alias`, `alias_profile_id`?: the profile whose past the record is",
    more_columns=_more,
    null_with_privacy=("scope",),
)  # fmt: skip


class AssignmentRows(NamedTuple):
    """``n`` readable records of one source."""

    source: str
    record_id: pa.Array
    time: Longs
    scope: Ints  # place in the strategy's scopes, -1, or _NO_SCOPE
    scopes: tuple[str, ...]
    profile: Ints  # place in `digest`, or -1
    digest: Array  # [k, 2] uint64, profile ids
    status: Bytes  # Status
    reason: Bytes  # Reason
    has_alias: Flags | None = None  # None: the strategy has no aliases
    alias: Array | None = None  # [n, 2] uint64


def with_suppressed(of: AssignmentRows, place: Ints, hashes: pa.Array) -> AssignmentRows:
    """Some records, and between them suppressed ones, of which nothing is told.

    Args:
        place: [s] how many of the records come before each suppressed one, ascending.
        hashes: [s] of their ids.
    """
    if not len(place):
        return of
    records = len(of.status)
    at = place + np.arange(len(place))
    there = np.ones(records + len(place), bool)
    there[at] = False
    row = np.cumsum(there) - 1
    row[at] = records + np.arange(len(place))
    told = np.minimum(row, records)  # behind the records stands what all others have

    def spread(values: NDArray[T], otherwise: int) -> NDArray[T]:
        last = np.full((1, *values.shape[1:]), otherwise, values.dtype)
        return np.concatenate([values, last]).take(told, axis=0)

    return of._replace(
        record_id=concat_texts([of.record_id, hashes]).take(pa.array(row)),
        time=spread(of.time, NO_TIME),
        scope=spread(of.scope, _NO_SCOPE),
        profile=spread(of.profile, -1),
        status=spread(of.status, Status.SUPPRESSED),
        reason=spread(of.reason, Reason.NONE),
        has_alias=None if of.has_alias is None else spread(of.has_alias, False),
        alias=None if of.alias is None else spread(np.asarray(of.alias[:]), 0),
    )


def rows(of: AssignmentRows) -> pa.Table:
    """The rows of some records, in their order."""
    ids = hex_texts(of.digest.view(np.uint8).reshape(-1, 16))
    scope = np.where(of.scope < 0, len(of.scopes) - 1 - of.scope, of.scope)
    table = pa.table(
        {
            "source": same(of.source, len(of.status)),
            "record_id": of.record_id,
            "event_time": times(of.time),
            "scope": chosen(scope, (*of.scopes, ""), null=len(of.scopes) + 1),
            "profile_id": coded(of.profile, ids),
            "status": chosen(of.status, texts(Status)),
            "reason": chosen(of.reason, texts(Reason), null=Reason.NONE),
        }
    )
    if of.has_alias is None or of.alias is None:
        return table
    known = hex_texts(of.alias[of.has_alias].view(np.uint8).reshape(-1, 16))
    place = np.where(of.has_alias, np.cumsum(of.has_alias) - 1, -1)
    return table.append_column(_ALIAS.name, coded(place, known))
