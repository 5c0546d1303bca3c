"""A chain of runs with privacy requests, played slowly: all strategies, as one decides for all."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.oracle import suppressing
from tests.oracle.decisions import Decision, concerning, in_force
from tests.oracle.play import Played, run_step
from tests.oracle.random_chains import Step
from tests.oracle.requests import Base, Done, Now, Privacy, Request, carry, carry_out
from tests.oracle.world import Expected, Identity, Record, Row, place_in_order


class PrivateStep(NamedTuple):
    """One run of a chain with requests."""

    step: Step
    current: int | None  # place in the chain of the run that is current when it starts
    requests: Sequence[Request]


class PrivatePlayed(NamedTuple):
    """One run: its memory of requests, each strategy's tables, and what was suppressed."""

    done: Done
    played: Mapping[str, Played]
    left: list[Record]  # what is not suppressed
    read: list[Record]  # the same, less duplicates
    suppressed: list[tuple[Record, set[str]]]  # with the requests that do it
    without_effect: set[str]  # decisions that name what is suppressed


def play_private(
    chain: Sequence[PrivateStep], privacy: Privacy, everywhere: bool = True
) -> list[PrivatePlayed]:
    """Every run of the chain."""
    played: list[PrivatePlayed] = []
    for private in chain:
        base = None if private.step.base is None else played[private.step.base]
        current = None if private.current is None else played[private.current]
        played.append(_run(private, base, current, privacy, everywhere))
    return played


def _run(
    private: PrivateStep,
    base: PrivatePlayed | None,
    current: PrivatePlayed | None,
    privacy: Privacy,
    everywhere: bool,
) -> PrivatePlayed:
    step = private.step
    before = carry(current and current.done.ledger, base and base.done.ledger)
    now = Now(step.run_id, step.as_of)
    done = carry_out(
        private.requests, before, _as_base(base, current, privacy.strategy), now, privacy
    )
    active = suppressing.in_force(privacy.key, done.ledger.suppressions)
    left, suppressed = suppressing.split(privacy.key, step.records, active, privacy.accept_new)
    read, repeated = without_duplicates(left)
    hidden = {row.hash for row in active if row.kind == "identity"}
    decisions = in_force(step.decisions)
    named = [d for d in decisions if _names(d, hidden, privacy.key)]
    others = [d for d in decisions if d not in named]
    erased = _erased(done, base, current)
    played = {}
    for name in step.rules:
        erased_rows = [
            row
            for row in (current.played[name].lasting.ids if current else ())
            if row["status"] == "erased"
        ]
        of_run = run_step(
            step._replace(records=read, decisions=others),
            name,
            base and base.played[name],
            everywhere,
            erased,
            erased_rows,
        )
        rows = of_run.tables["assignments"]
        rows += _duplicates(repeated, rows)
        rows += [suppressing.assignment(privacy.key, record) for record, _ in suppressed]
        of_run.tables["decisions"] += [
            _without_effect(d, privacy.key) for d in concerning(named, name)
        ]
        played[name] = of_run
    return PrivatePlayed(done, played, left, read, suppressed, {d.id for d in named})


def _erased(done: Done, *before: PrivatePlayed | None) -> set[str]:
    """Ids erased in any strategy of the base, the current run or this one, and their followers.

    Strategies may share ids: two that merge name a profile by what was first in it.
    """
    rows = [row for run in before if run for row in _all_ids(run)]
    erased = {*done.erased, *(row["profile_id"] for row in rows if row["status"] == "erased")}
    rows = _all_ids(before[0]) if before[0] else []
    while more := {row["profile_id"] for row in rows if row["current_id"] in erased} - erased:
        erased |= more
    return erased


def _as_base(
    base: PrivatePlayed | None, current: PrivatePlayed | None, strategy: str
) -> Base | None:
    if base is None:
        return None
    of = base.played[strategy]
    carried = [(record.key, _carried(record, of.expected)) for record in base.read]
    rows = [row for run in (base, current) if run for row in _all_ids(run)]
    erased = {row["profile_id"] for row in rows if row["status"] == "erased"}
    return Base(of.lasting.ids, of.tables["identities"], of.tables["assignments"], carried, erased)


def _carried(record: Record, expected: Expected) -> set[Identity]:
    """What a record carries, and what that counts as where decisions tie values.

    Of a value that `apart` left out only what it counts as: nothing tells what was read.
    """
    tied = expected.classes.get(record.scope, {})
    left_out = expected.left_out.get(record.key, set())
    counts_as = {i: tied.get(i, i) for i in record.identities}
    return {*counts_as.values(), *(i for i, to in counts_as.items() if to not in left_out)}


def _all_ids(run: PrivatePlayed) -> list[Row]:
    return [row for of in run.played.values() for row in of.lasting.ids]


def without_duplicates(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """One record of each source and record id, the latest; and the other rows."""
    best: dict[tuple[str, str], Record] = {}
    repeated = []
    for record in records:
        other = best.get(record.key)
        if other is None:
            best[record.key] = record
        else:
            later = place_in_order(record) > place_in_order(other)
            best[record.key] = record if later else other
            repeated.append(other if later else record)
    return list(best.values()), repeated


def _duplicates(repeated: Sequence[Record], assignments: Sequence[Row]) -> list[Row]:
    profile_of = {(row["source"], row["record_id"]): row["profile_id"] for row in assignments}
    return [
        {
            "source": record.source,
            "record_id": record.record_id,
            "event_time": record.event_time,
            "scope": record.scope,
            "profile_id": profile_of[record.key],
            "status": "duplicate",
            "reason": None,
        }
        for record in repeated
    ]


def _names(decision: Decision, hidden: set[str], key: bytes) -> bool:
    both = (decision.left, decision.right)
    return any(i is not None and suppressing.of_identity(key, i) in hidden for i in both)


def _without_effect(decision: Decision, key: bytes) -> Row:
    """The row of a decision that names a suppressed identity."""
    hidden = {
        f"{side}_value": identity and suppressing.of_identity(key, identity)
        for side, identity in (("left", decision.left), ("right", decision.right))
    }
    return decision.row() | hidden | {"scope": None, "outcome": "no_effect"}


def sources_of(run: PrivatePlayed, request_id: str) -> dict[str, int]:
    """How many records of a request the run still reads, by source."""
    out: dict[str, int] = {}
    for record, requests in run.suppressed:
        if request_id in requests:
            out[record.source] = out.get(record.source, 0) + 1
    return out
