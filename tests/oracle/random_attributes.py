"""Random rules of attributes, and random records that try their edges."""

import datetime
import random
from typing import Any

from tests.oracle.attributes import DAY, Said

TEXTS = (
    "gold", " gold", "Gold", "free", "unknown", " UNKNOWN ", "", " ", "é", "0", "1", "-1", "+7",
    "007",
    "1.5", "1e3", ".5", "1e999", "true", "FALSE", "yes", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "2026-01-03", "2026-01-03T10:00:00+02:00",
    "\u00a03\u00a0", "0.1", "0.2", "2.50", "-0", None, None,
)  # fmt: skip
SOURCES = ("app", "crm", "web")
MAPPED = {"plan", "amount", "action"}
AS_OF = 60 * DAY
_RULES = (
    "newest", "oldest", "most_frequent", "min", "max", "sum", "count", "any_true", "all_true",
    "collect",
)  # fmt: skip
_TYPES = ("int64", "double", "boolean", "timestamp", "string", None)


def random_rule(seed: int) -> dict[str, Any]:
    """One rule, as the configuration has it."""
    dice = random.Random(seed)
    rule: dict[str, Any] = {"rule": dice.choice(_RULES), "from": dice.choice(("plan", "amount"))}
    kinds: tuple[str | None, ...] = _TYPES
    if rule["rule"] == "sum":
        kinds = ("int64", "double")
    elif rule["rule"] in ("any_true", "all_true"):
        kinds = ("boolean", None)
    if kind := dice.choice(kinds):
        rule["type"] = kind
    if rule["rule"] == "count" and "type" not in rule and dice.random() < 0.5:
        del rule["from"]  # every record counts
    elif dice.random() < 0.4:
        rule["ignore"] = dice.choice((["unknown"], ["", "GOLD"], ["É", "0"]))
    if dice.random() < 0.3:
        rule["where"] = {"action": dice.choice((["buy"], ["buy", "view"], ["nothing"]))}
    if dice.random() < 0.3:
        rule["within"] = dice.choice(("30d", "12h", "60d"))
    if dice.random() < 0.3:
        rule["prefer"] = dice.choice((["crm"], ["web", "crm"], ["app", "web", "crm"]))
    if rule["rule"] == "collect" and dice.random() < 0.5:
        rule["limit"] = dice.randint(1, 3)
    return rule


def random_records(seed: int, people: int, records: int) -> list[tuple[str, Said]]:
    """Records of some people, in no order."""
    dice = random.Random(seed)
    made = []
    for number in range(records):
        time = dice.choice((None, *(day * DAY for day in range(62)), AS_OF, AS_OF - 30 * DAY))
        few = TEXTS[: dice.choice((4, len(TEXTS)))]
        values = {
            "plan": dice.choice(few),
            "amount": dice.choice(TEXTS),
            "action": dice.choice(("buy", "view", " buy", None)),
        }
        said = Said(dice.choice(SOURCES), f"r{number:04d}", time, values)
        made.append((f"p{dice.randrange(people)}", said))
    return made


def in_order(records: list[tuple[str, Said]]) -> list[tuple[str, Said]]:
    """The order of SEMANTICS 1."""
    return sorted(
        records,
        key=lambda of: (of[1].time is not None, of[1].time or 0, of[1].source, of[1].record_id),
    )


def moment(micros: int | None) -> str | None:
    """A time as sources write it."""
    if micros is None:
        return None
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (epoch + datetime.timedelta(microseconds=micros)).isoformat()
