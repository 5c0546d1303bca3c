"""Says what happened to an identity that no profile of a run holds."""

from collections import Counter
from collections.abc import Iterable

from idweave.pipelines.explain.read import (
    Published,
    Row,
    key_of,
    order_of,
    place_of,
)
from idweave.pipelines.published.identity import Identity

VALUE_RULES = ("hub", "blocked", "pattern", "too_long", "not_normalisable", "wrong_type")


def _left_out(run: Published, identity: Identity) -> list[Row]:
    """Where the identity was refused as a value, or was a hub; the first record first."""
    drops = [row for row in run.drops_of([identity]) if row["rule"] in VALUE_RULES]
    return sorted(drops, key=order_of)


def unheld(run: Published, identity: Identity, rows: list[Row]) -> Row:
    """Why no profile holds an identity; nothing if it had a profile, and lost it."""
    named = {"identity": str(identity)}
    if rows:
        fates = _fates(run.assigned(map(key_of, rows)).values())
        if any(fate["status"] == "assigned" for fate in fates):
            return {}
        first = place_of(min(rows, key=order_of))
        return {"kind": "not_used", **named, "records": fates, "first": first}
    drops = _left_out(run, identity)
    if not drops:
        return {"kind": "unknown", **named, "not_looked_at": run.not_looked_at(identity.type)}
    rule = drops[0]["rule"]
    return {
        "kind": "hub" if rule == "hub" else "refused_value",
        **named,
        "rule": rule,
        "records": len({key_of(row) for row in drops}),
        "first": place_of(drops[0]),
    }


def _fates(assigned: Iterable[Row]) -> list[Row]:
    """What became of some records, the most frequent first."""
    counts = Counter((row["status"], row["reason"]) for row in assigned)
    return [{"status": s, "reason": r, "records": n} for (s, r), n in counts.most_common()]
