"""The decisions of a run: read from its files, checked, and of each id the latest."""

from collections.abc import Iterator, Sequence

from idweave.pipelines.decisions.parse import Parsed, parse
from idweave.pipelines.decisions.read_rows import read_rows
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.deciding.decision import Action, Decision, classes

_MOST = 100  # lines of errors


def read_decisions(settings: Settings, files: Sequence[InputFile]) -> tuple[Decision, ...] | None:
    """The decisions that count, by id; None: the configuration names none.

    Raises:
        WrongUsage: a line for each error: file, row, key and what is wrong; never a value.
    """
    if settings.decisions is None:
        return None
    wrong: list[str] = []
    rows = [row for file in files for row in read_rows(file)]
    parsed = parse(rows, settings, wrong.append)
    wrong += _same_moment(parsed)
    latest = _latest(parsed)
    if not wrong:
        wrong += _tied_and_apart(latest, settings)
    if wrong:
        more = [f"decisions: {len(wrong) - _MOST:,} more errors"] if len(wrong) > _MOST else []
        raise WrongUsage("\n".join([*wrong[:_MOST], *more]))
    return tuple(of.decision for of in latest if of.decision is not None)


def _latest(parsed: Sequence[Parsed]) -> list[Parsed]:
    """The row of each id that counts, by id."""
    latest: dict[str, Parsed] = {}
    for of in parsed:
        if of.id not in latest or of.decided_at > latest[of.id].decided_at:
            latest[of.id] = of
    return [latest[key] for key in sorted(latest, key=str.encode)]


def _same_moment(parsed: Sequence[Parsed]) -> Iterator[str]:
    """Rows of one id and moment that say different things."""
    first: dict[tuple[str, int], Parsed] = {}
    for of in parsed:
        other = first.setdefault((of.id, of.decided_at), of)
        if other.said != of.said:
            text = f"another row of its id is of the same moment: {other.row.name}"
            yield of.row.wrong("decided_at", f"{text}; the later one should say a later moment")


def _tied_and_apart(latest: Sequence[Parsed], settings: Settings) -> Iterator[str]:
    """Two values that are apart, and tied by other decisions of one strategy and scope."""
    types = list(settings.identities)
    told: set[str] = set()
    for name, strategy in settings.strategies.items():
        link_on = [types.index(kind) for kind in strategy.link_on]
        rows = [of for of in latest if of.decision and of.decision.strategy in (None, name)]
        own = [of for of in rows if of.decision and of.decision.concerns(link_on)]
        for scope in {None, *(of.decision.scope for of in own if of.decision)}:
            told |= {of.row.wrong("action", _TIED) for of in _both(own, scope)}
    yield from sorted(told)


_TIED = (
    "apart, but together-decisions of one type tie both values in the same strategy and scope; "
    "revoke one of them"
)


def _both(own: Sequence[Parsed], scope: str | None) -> Iterator[Parsed]:
    """Apart decisions about two values of one class of a scope; None: one that nobody names."""
    here = [of for of in own if of.decision and of.decision.scope in (None, scope)]
    tied = classes(of.decision for of in here if of.decision)
    for of in here:
        decision = of.decision
        if decision is None or decision.action != Action.APART:
            continue
        if tied.get(decision.left, decision.left) == tied.get(decision.right, decision.right):
            yield of
