"""The command `explain`: why two identities of a published run are together or apart."""

import argparse
import json
from collections.abc import Sequence
from functools import partial

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.explain.find_cause import Answer, answer
from idweave.pipelines.explain.read import Published
from idweave.pipelines.explain.wording import page
from idweave.pipelines.published.identity import Identity, parse_identity

_NEEDED = ("identities", "linkages", "observations", "drops", "assignments")


def explain(known: argparse.Namespace) -> int:
    """Answer on standard output; the exit status is 0 whatever the answer is."""
    run = Published(known.folder, known.run_id, known.strategy)
    check(run, known.scope)
    left, right = (parse_identity(text, run.types) for text in (known.left, known.right))
    with run.reading():
        answers = ask(run, left, right, known.scope)
    if known.json:
        say(json.dumps(as_json(run, left, right, answers), indent=2, default=_iso))
    else:
        say(page(run, left, right, answers).removesuffix("\n"))
    return 0


def check(run: Published, scope: str | None) -> None:
    """Refuse what the run doesn't have.

    Raises:
        WrongUsage: an unknown scope, or a run without the tables that tell.
    """
    run.check_scope(scope)
    run.check_tables(_NEEDED, "explain")


def ask(
    run: Published, left: Identity, right: Identity, scope: str | None = None
) -> tuple[Answer, ...]:
    """One answer for each scope that has both; values are looked up as typed, then normalised."""
    normalised = [run.normalised(identity) for identity in (left, right)]
    run.identities([left, right, *filter(None, normalised)])  # all at once: a scan is dear
    left, right = map(partial(_as_kept, run), (left, right), normalised)
    if left == right:
        raise WrongUsage("the two identities are the same")
    if scope is not None or len(run.scopes) == 1:
        return (answer(run, left, right, scope or run.scopes[0]),)
    rows = run.identities([left, right])
    of = [
        {row["scope"] for row in rows if (row["identity_type"], row["identity_value"]) == identity}
        for identity in (left, right)
    ]
    common = sorted(of[0] & of[1])
    if not common and of[0] and of[1]:
        cause = {"kind": "scope", "scopes": [sorted(of[0]), sorted(of[1])]}
        return (Answer("", "apart", ((), ()), (), cause),)
    searched = common or sorted(of[0] | of[1]) or run.scopes
    return tuple(answer(run, left, right, name) for name in searched)


def _as_kept(run: Published, identity: Identity, normalised: Identity | None) -> Identity:
    """The identity as the run has it: as typed, or as its type's normalisers write it.

    A value that was refused is in `drops` as it was read; all others are normalised everywhere.
    """
    if normalised is None or normalised == identity or run.identities([identity]):
        return identity
    if run.identities([normalised]) or not run.drops_of([identity]):
        return normalised
    return identity


def as_json(
    run: Published, left: Identity, right: Identity, answers: Sequence[Answer]
) -> dict[str, object]:
    """The answers for programs."""
    return {
        "run_id": run.run_id,
        "strategy": run.strategy,
        "policy": run.policy,
        "left": str(left),
        "right": str(right),
        "answers": [
            {
                "scope": found.scope,
                "verdict": found.verdict,
                "profiles": {"left": found.profiles[0], "right": found.profiles[1]},
                "path": found.path,
                "cause": found.cause or None,
                "decisions": found.decisions,
            }
            for found in answers
        ],
    }


def _iso(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
