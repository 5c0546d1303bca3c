"""Random chains of runs with privacy requests of all kinds, duplicates and backfills in between.

Worlds are scopes; most have values of their own, and some share them with the scope before.
"""

import random
from collections.abc import Sequence

from tests.oracle.decisions import Decision
from tests.oracle.play_private import PrivateStep
from tests.oracle.random_chains import (
    DAY,
    POLICIES,
    Rules,
    Step,
    random_decisions,
    random_records,
    random_rules,
)
from tests.oracle.random_worlds import TYPES, VALUES
from tests.oracle.requests import Privacy, Request
from tests.oracle.world import BAD, Identity, Record, Strategy

BY = ("customer_id", "email")
KEY = b"a key of thirty-two bytes or more"
_KINDS = (*("erasure",) * 6, "access", "portability", *("lift",) * 3, "forget")


def private_chain(seed: int, worlds: int, strategies: int, runs: int = 4) -> list[PrivateStep]:
    """Some scopes' records, requests and decisions, and a strategy of each policy in turn."""
    rng = random.Random(f"private {seed}")
    prefixes = {f"w{i:03d}": f"{i - (i % 4 == 3):03d}" for i in range(worlds)}
    policies = [POLICIES[(seed + i) % len(POLICIES)] for i in range(strategies)]
    rules = {f"s{i}": private_rules(seed * 1000 + i, of, runs) for i, of in enumerate(policies)}
    by_run = [{name: steps[run] for name, steps in rules.items()} for run in range(runs)]
    records: list[list[Record]] = [[] for _ in range(runs)]
    requests: list[list[Request]] = [[] for _ in range(runs)]
    decisions: list[list[Decision]] = [[] for _ in range(runs)]
    for i, (scope, prefix) in enumerate(prefixes.items()):
        of_world = random_records(seed * 1000 + i, scope, runs)
        asked = random_requests(seed * 1000 + i, f"{scope}-", runs)
        decided = _decisions(seed * 1000 + i, by_run, scope)
        for run in range(runs):
            own = with_copies(seed * 1000 + i * 10 + run, of_world[run])
            records[run] += [_named(record, prefix) for record in own]
            requests[run] += [r._replace(identities=_all(r.identities, prefix)) for r in asked[run]]
            decisions[run] += [_decision(d, prefix) for d in decided[run]]
    chain = []
    for run in range(runs):
        base = run - 1 if run and rng.random() < 0.7 else None
        if base is not None and rng.random() < 0.25:
            base = rng.randrange(run)
        step = Step(f"run{run}", (1 + run) * DAY, base, records[run], by_run[run], decisions[run])
        chain.append(PrivateStep(step, run - 1 if run else None, requests[run]))
    return chain


def random_privacy(seed: int) -> Privacy:
    """Settings of a chain; the strategy that decides is the first."""
    return Privacy("s0", BY, KEY, random.Random(f"settings {seed}").random() < 0.75)


def private_rules(seed: int, policy: str, runs: int) -> list[Strategy]:
    """As `random_rules`, with the types that prove who asks among those that are linked."""
    return [
        rule._replace(link_on=(*rule.link_on, *(kind for kind in BY if kind not in rule.link_on)))
        for rule in random_rules(seed, policy, runs)
    ]


def random_requests(seed: int, prefix: str, runs: int) -> list[list[Request]]:
    """The rows of the request files, run by run: they come, stay, get lost or are cancelled."""
    rng = random.Random(f"requests {seed}")
    written: list[Request] = []
    out = []
    for _ in range(runs):
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            written.append(_request(rng, written, f"{prefix}{len(written):02d}"))
        if written and rng.random() < 0.2:
            place = rng.randrange(len(written))
            written[place] = written[place]._replace(cancelled_at=15)
        present = [r for r in written if rng.random() < 0.95]
        out.append(rng.sample(present, len(present)))
    return out


def _request(rng: random.Random, written: Sequence[Request], new_id: str) -> Request:
    kind = rng.choice(_KINDS)
    when = rng.randint(0, 14) if rng.random() < 0.85 else DAY * rng.randint(1, 4) + 1
    if kind == "lift":
        erasures = [r.id for r in written if r.type == "erasure"]
        lifts = rng.choice(erasures or [f"{new_id}-nobody"])
        if rng.random() < 0.2:
            lifts = rng.choice([r.id for r in written] or [new_id])
        return Request(new_id, kind, when, (), None if rng.random() < 0.1 else lifts)
    identities = set()
    for _ in range(rng.choice((1, 1, 2, 3))):
        of = rng.choice((*BY, *BY, *TYPES))
        value = rng.choice([*VALUES[of], "q"] if rng.random() < 0.9 else [BAD])
        identities.add((of, value))
    return Request(new_id, kind, when, tuple(sorted(identities)))


def with_copies(seed: int, records: Sequence[Record]) -> list[Record]:
    """The records, and copies of some with another time and other identities, or the same."""
    rng = random.Random(f"copies {seed}")
    out = list(records)
    for record in records:
        if rng.random() < 0.08:
            other = rng.choice(records).identities
            times = [t for t in (None, *range(13)) if t != record.event_time]
            changed = record._replace(event_time=rng.choice(times), identities=other)
            out.append(rng.choice((record, changed, changed)))
    rng.shuffle(out)
    return out


def _decisions(seed: int, rules: Sequence[Rules], scope: str) -> list[list[Decision]]:
    of_world = random_decisions(seed, rules, [scope], f"{scope}-")
    return [[row._replace(scope=row.left and scope) for row in rows] for rows in of_world]


def _own(identity: Identity, prefix: str) -> Identity:
    return identity if identity[1] == BAD else (identity[0], prefix + identity[1])


def _all(identities: Sequence[Identity], prefix: str) -> tuple[Identity, ...]:
    return tuple(sorted(_own(identity, prefix) for identity in identities))


def _named(record: Record, prefix: str) -> Record:
    changes = tuple(
        (kind, *(value and _own((kind, value), prefix)[1] for value in values))
        for kind, *values in record.changes
    )
    identities = _all(record.identities, prefix)
    return record._replace(identities=identities, changes=changes)  # type: ignore[arg-type]


def _decision(row: Decision, prefix: str) -> Decision:
    left, right = (i and _own(i, prefix) for i in (row.left, row.right))
    return row._replace(left=left, right=right)
