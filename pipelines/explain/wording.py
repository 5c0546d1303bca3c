"""Writes the answers of `explain` as a page to read."""

from collections.abc import Callable, Iterator, Sequence

from idweave.pipelines.explain.find_cause import Answer
from idweave.pipelines.explain.read import Published, Row
from idweave.pipelines.published.identity import Identity
from idweave.pipelines.wording import moment, number, span
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.columnar.vocabulary import Rule

_SHOWN = 3  # profiles of an identity that are named


def page(run: Published, left: Identity, right: Identity, answers: Sequence[Answer]) -> str:
    """All answers, one paragraph for each scope."""
    policy = POLICIES[run.policy]
    lines = [f"strategy {run.strategy} ({run.policy}), run {run.run_id}", f"  {policy.words}"]
    for found in answers:
        lines += ["", *_answer(left, right, found)]
    return "\n".join(lines) + "\n"


def _answer(left: Identity, right: Identity, found: Answer) -> Iterator[str]:
    where = f" in scope {found.scope}" if found.scope else ""
    if found.verdict == "unknown":
        yield f"{left} and {right}{where}: unknown"
    else:
        yield f"{left} and {right} are {found.verdict.upper()}{where}"
        for identity, profiles in zip((left, right), found.profiles, strict=True):
            if profiles:
                yield f"  {identity} is held by {_profiles(profiles)}"
    for decision in found.decisions:
        does = "together since" if decision["action"] == "together" else "kept apart by"
        yield f"  {does} decision {decision['id']} of {decision['decided_at']:%Y-%m-%d}"
    if found.cause:
        yield from _CAUSES[found.cause["kind"]](found.cause)
    if found.path:
        yield "  the way between them:"
        yield f"    {found.path[0]['from']}"
        for step in found.path:
            yield f"      {_linkage(step)}"
            yield f"    {step['to']}"


def _profiles(ids: Sequence[str]) -> str:
    if len(ids) == 1:
        return f"profile {ids[0]}"
    more = f" and {len(ids) - _SHOWN} more (--json has all)" if len(ids) > _SHOWN else ""
    return f"{len(ids)} profiles: {', '.join(ids[:_SHOWN])}{more}"


def _linkage(step: Row) -> str:
    sign = "|" if step["status"] == "kept" else f"x dropped ({step['rule']}):"
    records = number(step["record_count"], "record")
    first = f"first in {step['first_source']} {step['first_record_id']}"
    return f"{sign} {records}, {span(step['first_seen'], step['last_seen'])}, {first}"


def _place(record: Row) -> str:
    return f"{record['source']} {record['record_id']} ({moment(record['event_time'])})"


def _unknown(cause: Row) -> Iterator[str]:
    yield f"  no record that this strategy used carries {cause['identity']}, and none was dropped"
    for fate in cause["not_looked_at"]:
        yield f"  it may be in {_fate(fate)}, whose identities are in no table"


def _fate(fate: Row) -> str:
    reason = f" ({fate['reason']})" if fate["reason"] else ""
    return f"{number(fate['records'], 'record')} {fate['status']}{reason}"


def _not_used(cause: Row) -> Iterator[str]:
    yield f"  no profile holds {cause['identity']}; all records that carry it have none:"
    for fate in cause["records"]:
        yield f"    {_fate(fate)}"
    yield f"  first of them {_place(cause['first'])}"


def _refused(cause: Row) -> Iterator[str]:
    what = {
        "hub": "is a hub: it linked too many others, so it links nothing",
        "refused_value": f"was refused as a value ({cause['rule']}), so it links nothing",
    }[cause["kind"]]
    yield f"  {cause['identity']} {what}"
    if "between" in cause:
        first, second = cause["between"]
        yield f"  records on both sides carried it: {_place(first)} and {_place(second)}"
    else:
        records = number(cause["records"], "record")
        yield f"  left out of {records}, first of {_place(cause['first'])}"


def _dropped(cause: Row) -> Iterator[str]:
    step = cause["linkage"]
    yield f"  the linkage {step['from']} - {step['to']} was dropped: it would break {cause['rule']}"


def _parted(cause: Row) -> Iterator[str]:
    step = cause["linkage"]
    yield f"  they part at {step['from']} - {step['to']}"
    if "record" not in cause:
        return
    outcome = f"went to profile {cause['profile']}" if cause["profile"] else "went to no profile"
    reason = f" ({cause['reason']})" if cause["reason"] else ""
    record = _place(cause["record"])
    yield f"  first at record {record}, {cause['request']}, which {outcome}{reason}"
    for drop in cause["drops"]:
        rule = drop["rule"]
        yield f"    it did not add {drop['identity']}: {rule} ({Rule[rule.upper()].meaning})"


def _scope(cause: Row) -> Iterator[str]:
    left, right = (", ".join(names) for names in cause["scopes"])
    yield f"  one is in scope {left}, the other in {right}; profiles never cross scopes"


def _nothing(cause: Row) -> Iterator[str]:
    yield "  nothing links them: no chain of records leads from one to the other"


def _not_linked(cause: Row) -> Iterator[str]:
    yield f"  the type of {cause['identity']} is not in link_on: it is listed under the profile of"
    yield "  each record that carries it, and ties nothing"


def _changes(cause: Row) -> Iterator[str]:
    yield "  only changes (modify) tie them, which move an identity and don't share it"


def _same_profile(cause: Row) -> Iterator[str]:
    places = [_place(record) if record else "a change (modify)" for record in cause["first"]]
    yield f"  the profile got them from {places[0]} and {places[1]}"


_CAUSES: dict[str, Callable[[Row], Iterator[str]]] = {
    "unknown": _unknown,
    "not_used": _not_used,
    "hub": _refused,
    "refused_value": _refused,
    "dropped_linkage": _dropped,
    "parted": _parted,
    "scope": _scope,
    "nothing_links": _nothing,
    "not_linked": _not_linked,
    "linked_by_changes": _changes,
    "same_profile": _same_profile,
}
