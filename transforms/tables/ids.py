"""The table `ids`: every id that was ever published along the chain of bases."""

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.take_rows import take_rows
from idweave.transforms.columnar.arrays.types import Flags, Ints, Longs
from idweave.transforms.columnar.lasting.id_texts import id_texts
from idweave.transforms.columnar.lasting.remember import IdRows, IdStatus
from idweave.transforms.tables.columns import chosen
from idweave.transforms.tables.table import TIME, Table, column

_STATUSES = tuple(status.name.lower() for status in IdStatus)
_COLUMNS = pa.schema(
    [
        column("profile_id", pa.string(), "the id", stored="sorted_ids"),
        column("scope", pa.string(), "the scope of its profile", stored="names"),
        column("status", pa.string(), "`live`, `merged`, `gone` or `erased`", stored="names"),
        column("current_id", pa.string(), "the live id that it is or follows", null=True,
               stored="sorted_ids"),
        column("birth_id", pa.string(), "of a live one: what the run would name its profile if "
               "it remembered nothing", null=True, stored="ids"),
        column("born_run", pa.string(), "the run that published it first", stored="names"),
        column("born_at", TIME, "the moment that this run stood for", stored="numbers"),
        column("ended_run", pa.string(), "the run in which it ended", null=True, stored="names"),
        column("ended_at", TIME, "the moment that this run stood for", null=True,
               stored="numbers"),
    ]
)  # fmt: skip


def rows(of: IdRows, names: pa.Array) -> pa.Table:
    """The rows of some ids, in their order.

    Args:
        names: of scopes and runs.
    """
    live = of.status == IdStatus.LIVE
    return pa.table(
        {
            "profile_id": id_texts(of.id),
            "scope": named(of.scope, names),
            "status": chosen(of.status, _STATUSES),
            "current_id": ids_or_null(of.current, live | (of.status == IdStatus.MERGED)),
            "birth_id": ids_or_null(of.birth, live),
            "born_run": named(of.born_run, names),
            "born_at": moments(of.born_at),
            "ended_run": named(of.ended_run, names),
            "ended_at": moments(of.ended_at, live),
        }
    )


def named(places: Ints, names: pa.Array) -> pa.Array:
    """[n] names by their places; -1 is null."""
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=places < 0), names)


def ids_or_null(words: Hashes, valid: Flags) -> pa.Array:
    """[n] the texts of ids; null where they are not valid."""
    places = np.where(valid, np.cumsum(valid) - 1, 0).astype(np.int32)
    texts = id_texts(take_rows(words, valid))
    if not len(texts):
        return pa.nulls(len(valid), pa.string())
    return texts.take(pa.array(places, mask=~valid))


def moments(micros: Longs, null: Flags | None = None) -> pa.Array:
    """[n] times; null where `null` says so."""
    return pa.array(micros, pa.int64(), mask=null).cast(TIME)


TABLE = Table(
    name="ids",
    one_for="strategy",
    about="an id that was ever published along the chain of bases",
    columns=_COLUMNS,
    key=("profile_id",),
    order="by ranges of the id, a merged one in that of the id that it follows; in a range by id",
)
