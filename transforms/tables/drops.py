"""The table `drops`: every value or request that was left out, by a rule.

They are found where a unit is written (refused values and hubs: `write_assignments`) and, a
resolved piece at a time, by the policy, the rules of attributes and the platforms. All make their
rows by `rows`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.types import Bytes, Ints, Longs
from idweave.transforms.columnar.gathering.piece import texts_of
from idweave.transforms.columnar.vocabulary import Rule, texts
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.tables.columns import chosen, same, times
from idweave.transforms.tables.resolved_piece import ResolvedPiece
from idweave.transforms.tables.table import TIME, Table, column

TABLE = Table(
    name="drops",
    one_for="strategy",
    about="a value or request that was left out",
    columns=pa.schema(
        [
            column("source", pa.string(), "the record's source", stored="names"),
            column("record_id", pa.string(), "its id in the source", personal=True,
                   stored="keys"),
            column("event_time", TIME, "when it happened", null=True, stored="numbers"),
            column("identity_type", pa.string(), "type of what was left out", null=True,
                   stored="names"),
            column("identity_value", pa.string(), "its value; as read where a test refused it",
                   null=True, personal=True),
            column("rule", pa.string(), "why: see Words", stored="names"),
            column("detail", pa.string(), "more of it: the platform, or the attribute",
                   null=True, stored="names"),
        ]
    ),
    key=(),
    order="first a file for each unit of work with what was decided before the policy (refused "
    "values, hubs): source, path, position, values before hubs. Then a file for each shard with "
    "what the policy decided: component, order of observations, strength. Within each batch of "
    "components that was resolved together the attributes' rows follow those of the policy, an "
    "attribute at a time, then the platforms', a platform at a time",
)  # fmt: skip


class DropRows(NamedTuple):
    """``n`` values that were left out."""

    source: pa.Array
    record_id: pa.Array
    time: Longs
    type: pa.Array
    value: pa.Array
    rule: Bytes  # Rule
    detail: str | None = None


class UnitDrops(NamedTuple):
    """``n`` values of a unit's records that were left out when they were read or linked."""

    row: Ints  # of the unit
    type: Array  # place in Job.type_names
    value: pa.Array
    rule: Bytes  # Rule


def rows(of: DropRows) -> pa.Table:
    """The rows of what was left out, in its order."""
    return pa.table(
        {
            "source": of.source.cast(pa.string()),
            "record_id": of.record_id.cast(pa.string()),
            "event_time": times(of.time),
            "identity_type": of.type.cast(pa.string()),
            "identity_value": of.value.cast(pa.string()),
            "rule": chosen(of.rule, texts(Rule)).cast(pa.string()),
            "detail": same(of.detail, len(of.rule)).cast(pa.string()),
        }
    )


def of_unit(
    source: str, record_id: pa.Array, time: Longs, type_names: tuple[str, ...], drops: UnitDrops
) -> pa.Table:
    """What was left out of a unit's records, in the order of the records.

    Args:
        record_id, time: of all records of the unit.
    """
    order = np.argsort(drops.row, kind="stable")
    row = drops.row[order]
    return rows(
        DropRows(
            source=same(source, len(row)),
            record_id=record_id.take(pa.array(row)),
            time=time[row],
            type=chosen(drops.type[order], type_names),
            value=drops.value.take(pa.array(order)),
            rule=drops.rule[order],
        )
    )


def of_policy(piece: ResolvedPiece) -> pa.Table:
    """What the policy left out, in the order of observations."""
    dropped, read = piece.resolution.drops, piece.read
    order = np.lexsort((dropped.rule, dropped.change, dropped.identity, dropped.observation))
    observation, identity = dropped.observation[order], dropped.identity[order]
    change, rule = dropped.change[order], dropped.rule[order]
    row = read.piece.order[observation]
    of_change = (change >= 0) & (identity < 0)
    given, place = np.full(len(row), -1, np.int64), np.full(len(row), -1, np.int64)
    given[of_change] = read.piece.change[change[of_change]]
    place[identity >= 0] = read.piece.place[identity[identity >= 0]]
    kind = np.where(place >= 0, read.type[place] if len(place) else 0, 0)
    return rows(
        DropRows(
            source=piece.sources(row),
            record_id=piece.record_ids(row),
            time=read.time[row],
            type=pc.if_else(
                pa.array(of_change),
                texts_of(read.change_type_name, given),
                chosen(kind, piece.job.type_names).cast(pa.string()),
            ),
            value=pc.if_else(
                pa.array(of_change),
                texts_of(read.change_text, given).cast(pa.string()),
                texts_of(read.value, place).cast(pa.string()),
            ),
            rule=rule,
        )
    )


def of_attributes(piece: ResolvedPiece) -> Iterator[pa.Table]:
    """Values that an attribute's type can't take, in the order of observations; no value told."""
    for name, made in piece.attributes.items():
        if len(made.unfit):
            row = piece.piece.order[made.unfit]
            yield rows(
                DropRows(
                    source=piece.sources(row),
                    record_id=piece.record_ids(row),
                    time=piece.read.time[row],
                    type=pa.nulls(len(row), pa.string()),
                    value=pa.nulls(len(row), pa.string()),
                    rule=np.full(len(row), Rule.ATTRIBUTE_NOT_CASTABLE, np.int8),
                    detail=name,
                )
            )


def of_platform(piece: ResolvedPiece, platform: str, refused: tuple[Ints, Array]) -> pa.Table:
    """Values that a platform's normaliser can't take, told of the profile's first record.

    A profile may have no record (no record is assigned to a piece of a component, say): then of the
    first that carries the value.

    Args:
        refused: profile, and place of the value in `piece.read`, of each.
    """
    profile, place = refused
    resolution = piece.resolution
    first = np.full(len(resolution.profile_component), -1, np.int64)
    has = np.flatnonzero(resolution.profile >= 0)[::-1]
    first[resolution.profile[has]] = has
    told = first[profile]
    told = np.where(told < 0, _carriers(piece)[place], told)
    row = piece.piece.order[told]
    return rows(
        DropRows(
            source=piece.sources(row),
            record_id=piece.record_ids(row),
            time=piece.read.time[row],
            type=piece.types(place),
            value=piece.values(place),
            rule=np.full(len(row), Rule.PLATFORM_NOT_NORMALISABLE, np.int8),
            detail=platform,
        )
    )


def _carriers(piece: ResolvedPiece) -> Longs:
    """[places of `piece.read`] the first record that carries each identity; people's come last."""
    observations = piece.piece.observations
    row = np.repeat(np.arange(len(observations.component)), np.diff(observations.start))
    order = np.lexsort((row, piece.decided[row]))[::-1]  # what is assigned last stays
    out = np.zeros(len(piece.read.type), np.int64)
    out[piece.piece.place[observations.identity[order]]] = row[order]
    return out
