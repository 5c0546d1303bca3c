"""Turns rows into decisions; what is wrong names file, row and key, and never a value."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from idweave.pipelines.decisions.read_rows import Row
from idweave.pipelines.nearest import nearest
from idweave.pipelines.run.plan import identity_tests
from idweave.pipelines.settings import Settings
from idweave.pipelines.settings.values import microseconds
from idweave.transforms.columnar.deciding.decision import Action, Decision
from idweave.transforms.columnar.identities.normalise import IdentityTests, normalise_values
from idweave.transforms.columnar.vocabulary import Rule

_SIDES = (("left_type", "left_value"), ("right_type", "right_value"))
_NEEDED = ("id", "action", "left_type", "left_value", "right_type", "right_value", "decided_at")
_KEYS = (*_NEEDED, "scope", "strategy", "decided_by", "reason")
_REVOKE = "revoke"
_ACTIONS = {action.name.lower(): action for action in Action}


class Parsed(NamedTuple):
    """One row that is right by itself."""

    row: Row
    id: str
    decided_at: int
    decision: Decision | None  # None: it revokes the one of its id
    said: tuple[tuple[str, str], ...]  # all of it, values normalised: what makes two rows equal


def parse(rows: Sequence[Row], settings: Settings, tell: Callable[[str], None]) -> list[Parsed]:
    """The rows that are right by themselves; what is wrong with others is told, a line each."""
    wrong: list[str] = []
    good = []
    for row in rows:
        found = list(_faults(row, settings))
        wrong += found
        if not found:
            good.append(row)
    values = _normalised(good, settings)
    parsed = []
    for place, row in enumerate(good):
        faults = list(_value_faults(row, place, values))
        wrong += faults
        if not faults:
            parsed.append(_parsed(row, place, values, settings))
    for line in wrong:
        tell(line)
    return parsed


def _faults(row: Row, settings: Settings) -> Iterator[str]:
    """What is wrong with a row, but for its values."""
    given = row.values
    for key in given:
        if key not in _KEYS:
            yield row.wrong(_shown(key), f"unknown key; {nearest(key, _KEYS)}")
    action = given.get("action")
    if action is not None and action != _REVOKE and action not in _ACTIONS:
        yield row.wrong("action", f"no such action; allowed: {', '.join((*_ACTIONS, _REVOKE))}")
        return
    for key in ("id", "action", "decided_at") if action in (None, _REVOKE) else _NEEDED:
        if not given.get(key, "").strip():
            yield row.wrong(key, "is missing; it must be set")
    if given.get("decided_at", "").strip():
        try:
            microseconds(given["decided_at"])
        except ValueError as error:
            yield row.wrong("decided_at", str(error))
    if action != _REVOKE:
        yield from _type_faults(row, settings)


def _type_faults(row: Row, settings: Settings) -> Iterator[str]:
    """Whether a strategy that the row is for links its types."""
    strategy = row.values.get("strategy")
    if strategy is not None and strategy not in settings.strategies:
        yield row.wrong("strategy", f"no such strategy; {nearest(strategy, settings.strategies)}")
        return
    linked = {
        kind
        for name, of in settings.strategies.items()
        if strategy in (None, name)
        for kind in of.link_on
    }
    for key, _ in _SIDES:
        kind = row.values.get(key)
        if kind is not None and kind not in linked:
            who = "no strategy links" if strategy is None else f"strategy {strategy} does not link"
            yield row.wrong(key, f"a type that {who}; {nearest(kind, linked)}")


class _Values(NamedTuple):
    """What became of the values of some rows, by place and key."""

    value: dict[tuple[int, str], str | None]
    rule: dict[tuple[int, str], int]


def _normalised(rows: Sequence[Row], settings: Settings) -> _Values:
    """Normalise and test all values, a type at a time."""
    out = _Values({}, {})
    tests = dict(zip(settings.identities, identity_tests(settings), strict=True))
    for kind, of in tests.items():
        places = [
            (place, key)
            for place, row in enumerate(rows)
            if row.values["action"] != _REVOKE
            for name, key in _SIDES
            if row.values[name] == kind
        ]
        _normalise(rows, places, of, out)
    return out


def _normalise(
    rows: Sequence[Row], places: Sequence[tuple[int, str]], tests: IdentityTests, out: _Values
) -> None:
    if not places:
        return
    given = pa.array([rows[place].values[key] for place, key in places], pa.string())
    found = normalise_values(given, tests)
    out.value.update(zip(places, found.value.to_pylist(), strict=True))
    out.rule.update(zip(places, found.rule.tolist(), strict=True))


def _value_faults(row: Row, place: int, values: _Values) -> Iterator[str]:
    for _, key in _SIDES:
        if (place, key) not in values.rule:
            continue  # it revokes
        rule = list(Rule)[values.rule[place, key]]
        if rule != Rule.NONE:
            yield row.wrong(key, f"fails the tests of its type: {rule.text} ({rule.meaning})")
        elif values.value[place, key] is None:
            yield row.wrong(key, "is missing; it must be set")


def _parsed(row: Row, place: int, values: _Values, settings: Settings) -> Parsed:
    given = row.values
    moment = microseconds(given["decided_at"])
    sides = [key for _, key in _SIDES if key in given]
    normal = {key: values.value.get((place, key)) or given[key] for key in sides}
    said = given | normal | {"decided_at": str(moment)}
    decision = None
    if given["action"] != _REVOKE:
        types = list(settings.identities)
        left, right = ((types.index(given[kind]), normal[key]) for kind, key in _SIDES)
        decision = Decision(
            id=given["id"],
            action=_ACTIONS[given["action"]],
            left=left,
            right=right,
            scope=given.get("scope"),
            strategy=given.get("strategy"),
            decided_at=moment,
            decided_by=given.get("decided_by"),
            reason=given.get("reason"),
        )
    return Parsed(row, given["id"], moment, decision, tuple(sorted(said.items())))


def _shown(key: str) -> str:
    """A key that nobody knows; it may be a value that went astray, and then it isn't told."""
    return key if key.isidentifier() and len(key) <= 40 else "a key"
