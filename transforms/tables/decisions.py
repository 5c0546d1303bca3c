"""The table `decisions`: what became of what people decided."""

import pyarrow as pa

from idweave.transforms.columnar.deciding.decision import Decision
from idweave.transforms.columnar.vocabulary import Outcome
from idweave.transforms.job import Job
from idweave.transforms.tables.table import TIME, Table, column

_COLUMNS = pa.schema(
    [
        column("id", pa.string(), "the decision", stored="keys"),
        column("action", pa.string(), "`together` or `apart`", stored="names"),
        column("left_type", pa.string(), "type of the one identity", stored="names"),
        column("left_value", pa.string(), "its value, as normalised", personal=True),
        column("right_type", pa.string(), "type of the other identity", stored="names"),
        column("right_value", pa.string(), "its value, as normalised", personal=True),
        column("scope", pa.string(), "a scope in which records carry both; null: there is none",
               null=True, stored="names"),
        column("strategy", pa.string(), "the only strategy that it is for; null: all", null=True,
               stored="names"),
        column("decided_at", TIME, "when it was decided", stored="numbers"),
        column("decided_by", pa.string(), "who decided it", null=True, personal=True),
        column("reason", pa.string(), "why", null=True, personal=True),
        column("outcome", pa.string(), "what became of it: see Words", stored="names"),
    ]
)  # fmt: skip


def rows(job: Job, told: list[tuple[Decision, str | None, Outcome]]) -> pa.Table:
    """The rows of decisions, in their order: as many as people decided, by scope."""
    body = [
        {
            "id": decision.id,
            "action": decision.action.name.lower(),
            "left_type": job.type_names[decision.left[0]],
            "left_value": decision.left[1],
            "right_type": job.type_names[decision.right[0]],
            "right_value": decision.right[1],
            "scope": scope,
            "strategy": decision.strategy,
            "decided_at": decision.decided_at,
            "decided_by": decision.decided_by,
            "reason": decision.reason,
            "outcome": outcome.text,
        }
        for decision, scope, outcome in told
    ]
    return pa.Table.from_pylist(body, _COLUMNS)


TABLE = Table(
    name="decisions",
    one_for="strategy",
    about="a decision that counts, in a scope",
    columns=_COLUMNS,
    key=("id", "scope"),
    but="rows without a scope, which `id` tells apart",
    order="id, then scope",
    made_for=lambda job: job.decisions is not None,
)
