"""Random chains of runs: late, lost and changed records, other rules, decisions of all kinds.

Each part has its own generator, so that many worlds (scopes) can share a configuration: records and
decisions belong to a scope, rules to a strategy, bases to a chain.
"""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.oracle.decisions import Decision, errors
from tests.oracle.random_worlds import TYPES, VALUES, random_strategy, random_world
from tests.oracle.world import Identity, Record, Strategy

NOBODY = "1"  # a value that no record carries, smaller than those that some do
POLICIES = ("merge_all", "constrained_merge", "idsync", "demote_weakest", "no_guess")
DAY = 86_400_000_000
Rules = Mapping[str, Strategy]  # strategies by name


class Step(NamedTuple):
    """One run of a chain."""

    run_id: str
    as_of: int  # microseconds
    base: int | None  # place of its base in the chain
    records: list[Record]
    rules: Rules
    decisions: list[Decision]


def random_chain(
    seed: int,
    policy: str,
    *,
    scopes: Sequence[str] = ("w",),
    strategies: int = 1,
    runs: int = 3,
) -> list[Step]:
    """A chain of runs over the worlds of some scopes; decisions may name a scope or none."""
    records = [random_records(seed * 100 + i, scope, runs) for i, scope in enumerate(scopes)]
    by_name = {f"s{i}": random_rules(seed * 100 + i, policy, runs) for i in range(strategies)}
    rules = [{name: steps[run] for name, steps in by_name.items()} for run in range(runs)]
    decisions = random_decisions(seed, rules, scopes)
    bases = random_bases(seed, runs)
    return [
        Step(
            f"run{run}",
            (1 + run) * DAY,
            bases[run],
            [record for world in records for record in world[run]],
            rules[run],
            decisions[run],
        )
        for run in range(runs)
    ]


def random_bases(seed: int, runs: int = 3) -> list[int | None]:
    """Mostly the run before; now and then an older one."""
    rng = random.Random(f"bases {seed}")
    earlier = [rng.randrange(run) if rng.random() < 0.2 else run - 1 for run in range(1, runs)]
    return [None, *earlier]


def random_records(seed: int, scope: str, runs: int = 3) -> list[list[Record]]:
    """The records of one scope, run by run: some come late, get lost, come back or change."""
    rng = random.Random(f"records {seed}")
    world = random_world(seed, scope)
    restless = rng.choice((0.05, 0.15, 0.4))
    present = {record.key for record in world if rng.random() < 0.75} or {world[0].key}
    out = []
    for _ in range(runs):
        out.append([record for record in world if record.key in present])
        if rng.random() < 0.1:
            continue  # the next run reads the same
        for record in world:
            if rng.random() < (restless if record.key in present else 0.5):
                present ^= {record.key}
        present = present or {world[0].key}
        world = [_changed(rng, record) if rng.random() < restless else record for record in world]
    return out


def _changed(rng: random.Random, record: Record) -> Record:
    if rng.random() < 0.2:
        return record._replace(event_time=rng.choice((None, rng.randint(0, 12))))
    identities = set(record.identities)
    if identities and rng.random() < 0.6:
        identities.remove(rng.choice(sorted(identities)))
    if rng.random() < 0.6:
        identities.add(_identity(rng, rng.choice(TYPES)))
    return record._replace(identities=tuple(sorted(identities)))


def _identity(rng: random.Random, kind: str) -> Identity:
    return kind, rng.choice(VALUES[kind])


def random_rules(seed: int, policy: str, runs: int = 3) -> list[Strategy]:
    """One strategy, run by run: mostly as it was, else with other rules; rarely another policy."""
    rng = random.Random(f"rules {policy} {seed}")
    strategy = random_strategy(seed, policy)
    out = [strategy]
    for run in range(1, runs):
        if rng.random() < 0.3:
            other = rng.choice(POLICIES) if rng.random() < 0.2 else policy
            strategy = random_strategy(seed * 1_000 + run, other)
        elif rng.random() < 0.2:
            hub, linked_type = rng.sample(strategy.link_on, 2)
            strategy = strategy._replace(hubs=((hub, linked_type, rng.randint(1, 2)),))
        out.append(strategy)
    return out


def random_decisions(
    seed: int, rules: Sequence[Rules], scopes: Sequence[str], prefix: str = "d"
) -> list[list[Decision]]:
    """The rows of the decision files, run by run, none of which is an error in its run.

    Ids begin with `prefix`: worlds that share a configuration need different ones.
    """
    rng = random.Random(f"decisions {seed}")
    written: list[Decision] = []
    out = []
    for run, by_name in enumerate(rules):
        for _ in range(rng.randint(0, 5)):
            written.append(_row(rng, written, by_name, scopes, f"{prefix}{len(written):02d}", run))
        if written and rng.random() < 0.15:
            written.remove(rng.choice(written))
        allowed: list[Decision] = []
        for row in written:
            if not errors([*allowed, row], by_name):
                allowed.append(row)
        out.append(rng.sample(allowed, len(allowed)))  # the order of rows never matters
    return out


def _row(
    rng: random.Random,
    written: Sequence[Decision],
    by_name: Rules,
    scopes: Sequence[str],
    new_id: str,
    run: int,
) -> Decision:
    """A new decision, or a row about an older one: a revoke, another word, the same once more."""
    decided_at = rng.randint(0, 3) + 4 * run
    if written and rng.random() < 0.35:
        old = rng.choice(written)
        which = rng.random()
        if which < 0.15:
            return old
        if which < 0.6:
            return Decision(old.id, "revoke", None, None, decided_at)
        new_id = old.id
    link_on = rng.choice(list(by_name.values())).link_on
    kinds = [rng.choice(link_on)] * 2 if rng.random() < 0.5 else rng.sample(link_on, 2)
    left, right = (_identity(rng, kind) for kind in kinds)
    while left == right:
        right = (kinds[1], rng.choice([*VALUES[kinds[1]], NOBODY]))
    if rng.random() < 0.1:
        left = (kinds[0], NOBODY) if right[1] != NOBODY else left
    return Decision(
        new_id,
        rng.choice(("together", "apart")),
        left,
        right,
        decided_at,
        None if rng.random() < 0.5 else rng.choice(list(scopes)),
        None if rng.random() < 0.7 else rng.choice(list(by_name)),
        rng.choice((None, "someone")),
    )
