"""A chain of runs, played slowly: what each run of it is to publish for one strategy."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from tests.oracle import tables
from tests.oracle.changes import Published, changes
from tests.oracle.deciding import outcomes
from tests.oracle.decisions import concerning, in_force
from tests.oracle.expect import expect
from tests.oracle.lasting import Base, Lasting, This, churn, last
from tests.oracle.random_chains import Step
from tests.oracle.world import Expected, Row

COLUMNS = {
    "assignments": tables.ASSIGNMENTS,
    "identities": tables.IDENTITIES,
    "profiles": tables.PROFILES,
}


class Played(NamedTuple):
    """One run of a chain for one strategy."""

    step: Step
    expected: Expected
    lasting: Lasting
    tables: dict[str, list[Row]]  # assignments, identities, profiles, decisions
    changes: dict[str, list[Row] | None]
    churn: dict[str, int] | None


def play(chain: Sequence[Step], name: str, everywhere: bool = False) -> list[Played]:
    """Every run of the chain for the strategy of that name. `everywhere`: as in `listed`."""
    played: list[Played] = []
    for step in chain:
        base = None if step.base is None else played[step.base]
        played.append(run_step(step, name, base, everywhere))
    return played


def run_step(
    step: Step,
    name: str,
    base: Played | None,
    everywhere: bool,
    erased: Collection[str] = (),
    erased_rows: Sequence[Row] = (),
) -> Played:
    """One run for one strategy. `erased`, `erased_rows`: as in `last`."""
    strategy = step.rules[name]
    expected = expect(step.records, strategy, step.decisions, name)
    this = This(step.run_id, step.as_of, strategy.link_on)
    before = None
    if base is not None:
        listed = base.tables["identities"]
        before = Base(base.step.run_id, base.step.as_of, listed, base.lasting.ids)
    profiles = tables.profiles_of(expected, everywhere)
    lasting = last(profiles, this, before, erased=erased, erased_rows=erased_rows)
    ids = lasting.of_birth
    rows = {
        "assignments": tables.assignments(step.records, expected, ids),
        "identities": tables.identities(step.records, strategy, expected, ids, everywhere),
        "profiles": tables.profiles(step.records, expected, ids),
    }
    told: dict[str, list[Row] | None] = {}
    figures = None
    if before is not None and base is not None:
        ended = {c["profile_id"] for c in lasting.id_changes if c["change"] == "erased"}
        for table, columns in COLUMNS.items():
            was = Published(columns, base.tables[table])
            told[table] = changes(table, was, Published(columns, rows[table]), ended)
        left = [row for row in base.tables["assignments"] if row["profile_id"] not in ended]
        figures = churn(before, lasting, left, rows["assignments"])
    decisions = concerning(in_force(step.decisions), name)
    rows["decisions"] = outcomes(step.records, strategy, decisions, expected)
    return Played(step, expected, lasting, rows, told, figures)
