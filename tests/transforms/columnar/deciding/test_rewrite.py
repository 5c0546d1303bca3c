"""Records as decisions make them, in random worlds against a plain reading."""

import random

import numpy as np

from idweave.transforms.columnar.deciding.decision import Action, Decision, Identity
from idweave.transforms.columnar.deciding.rewrite import Given, Seen, rewrite
from idweave.transforms.columnar.deciding.rulings import Rulings, decided_identities, rule

SCOPES = ("v", "w")
LINK_ON = (1, 0)  # type 1 is the stronger
ALL = [(kind, value) for kind in (0, 1) for value in "abcde"]


def random_decisions(rng: random.Random) -> list[Decision]:
    out = []
    for number in range(rng.randint(1, 8)):
        left, right = rng.sample(ALL, 2)
        action = rng.choice(list(Action))
        scope = rng.choice((None, *SCOPES))
        out.append(Decision(f"d{number}", action, left, right, scope, None, 0, None, None))
    return out


class World:
    """Records of one unit, and its list of identities by type."""

    def __init__(self, rng: random.Random) -> None:
        self.identities = sorted(rng.sample(ALL, rng.randint(1, len(ALL))))
        self.records = [
            sorted(rng.sample(self.identities, rng.randint(0, min(4, len(self.identities)))))
            for _ in range(6)
        ]
        self.scope = [rng.choice((-1, 0, 1)) for _ in self.records]
        self.spared = [[rng.random() < 0.1 for _ in of] for of in self.records]
        self.changes = [(rng.randrange(6), rng.choice(self.identities)) for _ in range(3)]

    def given(self, named: list[Identity]) -> Given:
        code = {identity: number for number, identity in enumerate(self.identities)}
        sizes = [len(of) for of in self.records]
        return Given(
            start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            identity=np.array([code[i] for of in self.records for i in of], np.int32),
            scope=np.array(self.scope, np.int32),
            outside=np.array([flag for of in self.spared for flag in of], bool),
            type=np.array([kind for kind, _ in self.identities], np.int16),
            of_identity=np.array(
                [named.index(i) if i in named else -1 for i in self.identities], np.int32
            ),
            change_row=np.array([row for row, _ in self.changes], np.int32),
            change_old=np.array([code[i] for _, i in self.changes], np.int32),
            change_new=np.full(3, -1, np.int32),
        )


def plain(
    record: list[Identity], spared: list[bool], scope: int, rulings: Rulings, named: list[Identity]
) -> tuple[set[Identity], set[Identity], set[Identity]]:
    """What one record takes part with, what is listed beside it, and what is left out."""
    if scope < 0:
        return set(record), set(), set()
    tied = {
        named[of]: named[to]
        for at, of, to in zip(rulings.tied_scope, rulings.tied, rulings.tied_to, strict=True)
        if at == scope
    }
    apart = [
        {named[rulings.left[r]], named[rulings.right[r]]}
        for r in np.flatnonzero(rulings.apart & rulings.works & (rulings.scope == scope))
    ]
    free = {tied.get(i, i) for i, flag in zip(record, spared, strict=True) if flag}
    taken: set[Identity] = set()
    left: set[Identity] = set()
    for identity in sorted({tied.get(i, i) for i in record}, key=lambda i: (-i[0], i[1])):
        if identity not in free and any({identity, other} in apart for other in taken - free):
            left.add(identity)
        else:
            taken.add(identity)
    return taken, {i for i in record if i in tied and tied[i] not in left}, left


def told(seen: Seen, world: World, named: list[Identity]) -> list[tuple[set[Identity], ...]]:
    """What `rewrite` says of each record, in the same words."""
    names = [([*world.identities, *named])[place] for place in seen.source]
    assert [kind for kind, _ in names] == sorted(kind for kind, _ in names)
    assert len(set(names)) == len(names)
    out = []
    for row in range(len(world.records)):
        span = slice(*seen.start[row : row + 2])
        codes = seen.identity[span].tolist()
        assert codes == sorted(codes)
        pairs = list(zip(codes, seen.beside[span], strict=True))
        own = {names[code] for code, beside in pairs if not beside}
        beside = {names[code] for code, flag in pairs if flag}
        assert len(own) + len(beside) == len(codes)
        left = {names[i] for i in seen.left_identity[seen.left_row == row]}
        out.append((own, beside, left))
    return out


def test_records_are_as_a_plain_reading_makes_them() -> None:
    touched = 0
    for seed in range(300):
        rng = random.Random(seed)
        decisions, world = random_decisions(rng), World(rng)
        named = decided_identities(decisions, LINK_ON)
        carried = np.array([[rng.random() < 0.8 for _ in SCOPES] for _ in named], bool)
        rulings = rule(decisions, LINK_ON, SCOPES, carried)
        world.spared = [  # a spared class would be so by each of its values
            [False] * len(of) if len({k for k, _ in of}) < len(of) else flags
            for of, flags in zip(world.records, world.spared, strict=True)
        ]
        types = np.array([kind for kind, _ in named], np.int16)
        seen = rewrite(world.given(named), rulings, types)
        records = zip(world.records, world.spared, world.scope, strict=True)
        expected = [plain(*record, rulings, named) for record in records]
        if seen is None:
            assert expected == [(set(record), set(), set()) for record in world.records]
            continue
        touched += 1
        assert told(seen, world, named) == expected
    assert touched > 200


def test_an_apart_pair_works_only_where_both_are_carried_and_linked() -> None:
    decisions = [
        Decision("a", Action.APART, (0, "a"), (1, "b"), None, None, 0, None, None),
        Decision("b", Action.APART, (0, "a"), (2, "c"), None, None, 0, None, None),
        Decision("c", Action.TOGETHER, (1, "c"), (1, "b"), "w", None, 0, None, None),
    ]
    named = decided_identities(decisions, LINK_ON)
    assert named == [(1, "b"), (1, "c"), (0, "a"), (2, "c")]
    carried = np.array([[True, True], [False, False], [True, False], [True, False]])
    found = rule(decisions, LINK_ON, SCOPES, carried)
    assert found.decision.tolist() == [0, 1, 2]
    assert found.scope.tolist() == [0, 0, -1]
    assert found.works.tolist() == [True, False, False]
    assert (found.tied_scope.tolist(), found.tied.tolist(), found.tied_to.tolist()) == (
        [1],
        [1],
        [0],
    )
