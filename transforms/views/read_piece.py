"""Reads one piece of whole components from what the units gathered."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.arrays.texts import concat_texts
from idweave.transforms.columnar.components.birth import text_of
from idweave.transforms.columnar.gathering.piece import Gathered, Piece, put_together
from idweave.transforms.columnar.policies.seam import Ints
from idweave.transforms.exchange.store import Array, Kept
from idweave.transforms.job import Job, Linked
from idweave.transforms.views.unit_graph import place_of_types


class Read(NamedTuple):
    """A piece with what its tables need; arrays are as gathered, `piece.order` sorts records."""

    piece: Piece
    unit: Ints  # [m] place of the unit
    row: Ints  # [m] row of the unit
    time: Array  # [m]
    source: Ints  # [m]
    scope: Ints  # [m]
    record_id: pa.Array  # [m]
    type: Array  # [i] identity type
    value: pa.Array  # [i]
    change_type_name: pa.Array  # [c] as written
    change_text: pa.Array  # [c]
    attributes: dict[str, pa.Array]  # [m]


def read_piece(job: Job, graph: int, units: Sequence[Linked], number: int) -> Read | None:
    """Read piece `number` of a graph from all its units; None if no record is in it."""
    parts = [_of_unit(job, unit, place, number) for place, unit in enumerate(units)]
    parts = [part for part in parts if len(part["row"])]
    if not parts:
        return None
    _shift(parts)
    numbers = {
        key: np.concatenate([part[key] for part in parts])
        for key, value in parts[0].items()
        if isinstance(value, np.ndarray)
    }
    texts = {
        key: concat_texts([part[key] for part in parts])
        for key, value in parts[0].items()
        if not isinstance(value, np.ndarray)
    }
    for key in ("entry_start", "change_start"):
        numbers[key] = np.concatenate([[0], np.cumsum(numbers[key])]).astype(np.int64)
    place = place_of_types(job.graphs[graph].link_on, len(job.type_names) + 1)
    creates = np.array([source.creates for source in job.sources])
    given = Gathered(
        numbers["digest"],
        numbers["time"],
        numbers["source"],
        text_of(texts["record_id"]),
        numbers["request"],
        creates[numbers["source"]],
        numbers["entry_start"],
        numbers["entry"],
        numbers["change_start"],
        place[numbers["change.type"]],
        numbers["change.old"],
        numbers["change.new"],
        numbers["identity.hash"],
        place[numbers["identity.type"]],
        text_of(texts["identity.value"]),
    )
    return Read(
        put_together(given),
        numbers["unit"],
        numbers["row"],
        numbers["time"],
        numbers["source"],
        numbers["scope"],
        texts["record_id"],
        numbers["identity.type"],
        texts["identity.value"],
        texts["change.type_name"],
        texts["change.text"],
        {name: texts[f"attribute.{name}"] for name, _ in job.attributes},
    )


def _of_unit(job: Job, unit: Linked, place: int, number: int) -> dict[str, Array | pa.Array]:
    """One unit's records of a piece; `*_start` become lengths, to be joined and summed."""
    with job.store.open(f"gathered/{unit.graph}/{unit.unit}") as kept:
        low, high = kept.read("piece_start", number, number + 2).tolist()
        if low == high:
            return {"row": np.empty(0, np.int32)}
        first, last = kept.read("identity_start", number, number + 2).tolist()
        entry_start = kept.read("entry_start", low, high + 1)
        change_start = kept.read("change_start", low, high + 1)
        out: dict[str, Array | pa.Array] = {
            key: kept.read(key, low, high) for key in ("row", "time", "request", "scope", "digest")
        }
        out |= {
            "unit": np.full(high - low, place, np.int32),
            "source": np.full(high - low, unit.source, np.int32),
            "record_id": kept.texts("record_id", low, high),
            "entry_start": np.diff(entry_start),
            "entry": kept.read("entry", int(entry_start[0]), int(entry_start[-1])),
            "identity.hash": kept.read("identity.hash", first, last),
            "identity.type": kept.read("identity.type", first, last),
            "identity.value": kept.texts("identity.value", first, last),
            "change_start": np.diff(change_start),
        }
        out |= _changes(kept, int(change_start[0]), int(change_start[-1]))
        for name, _ in job.attributes:
            there = f"attribute.{name}" in kept
            empty = pa.nulls(high - low, pa.string())
            key = f"attribute.{name}"
            out[key] = kept.texts(key, low, high) if there else empty
    return out


def _changes(kept: Kept, low: int, high: int) -> dict[str, Array | pa.Array]:
    if low == high:
        none = np.empty(0, np.int32)
        text = pa.array([], pa.string())
        return {
            "change.old": none,
            "change.new": none,
            "change.type": none.astype(np.int16),
            "change.type_name": text,
            "change.text": text,
        }
    numbers = {
        key: kept.read(key, low, high) for key in ("change.old", "change.new", "change.type")
    }
    texts = {key: kept.texts(key, low, high) for key in ("change.type_name", "change.text")}
    return numbers | texts


def _shift(parts: list[dict[str, Array | pa.Array]]) -> None:
    """Make the places of identities those of all parts together."""
    base = 0
    for part in parts:
        part["entry"] = part["entry"] + np.int32(base)
        for key in ("change.old", "change.new"):
            part[key] = np.where(part[key] >= 0, part[key] + base, part[key]).astype(np.int32)
        base += len(part["identity.type"])
