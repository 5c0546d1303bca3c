"""Writes the benchmark's world: N events and 0.04 N CRM rows in Parquet, and its configurations.

    python -m benchmarks.generate OUT EVENTS

Seven identity types; some 0.31 distinct identities and 0.1 components an event. Some values are
junk, e-mails have capitals and blanks, and one device in fifty is shared by two people who sign in
and out on it.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray

TYPES = ("customer_id", "email", "phone", "login_name", "device_id", "idfa", "cookie_id")
FILE_ROWS = 1_000_000
_PEOPLE = 0.104  # for an event
_SEED = 1
_BEGIN, _SPAN = 1_767_225_600_000_000, 90 * 86_400_000_000  # microseconds
_ACTIONS = ("page_view", "sign_in", "sign_out")
_TABLES = ["assignments", "identities"]
_MAPPED = {  # ten attributes
    "plan": "plan",
    "first_plan": "plan",
    "city": "city",
    "cities": "city",
    "spent": "amount",
    "largest": "amount",
    "quantity": "quantity",
    "least": "quantity",
    "consent": "consent",
    "signed_in": "action",
}
_RULES = {  # the same ten by mixed rules
    "plan": {"prefer": ["crm", "web"], "ignore": ["", "unknown"]},
    "first_plan": {"rule": "oldest"},
    "city": {"rule": "most_frequent"},
    "cities": {"rule": "collect", "limit": 5},
    "spent": {"rule": "sum", "type": "double"},
    "largest": {"rule": "max"},
    "quantity": {"rule": "sum"},
    "least": {"rule": "min", "type": "int64"},
    "consent": {"rule": "any_true"},
    "signed_in": {
        "rule": "count",
        "where": {"signed_in": ["sign_in"]},
        "within": "365d",
    },
}
Longs = NDArray[np.int64]


def generate(out: Path, events: int) -> None:
    """Write `events/`, `crm/` and the configurations."""
    for folder in ("events", "crm"):
        (out / folder).mkdir(parents=True)
    people = max(10, int(events * _PEOPLE))
    for number, low in enumerate(range(0, events, FILE_ROWS)):
        rng = np.random.default_rng([_SEED, number])
        rows = min(FILE_ROWS, events - low)
        table = _events(rng, low, rows, people)
        more = _attributes(np.random.default_rng([_SEED, number, 1]), rows)
        for name, values in more.items():
            table = table.append_column(name, values)
        pq.write_table(table, out / "events" / f"{number:04d}.parquet", row_group_size=250_000)
    rng = np.random.default_rng([_SEED, 1_000_000])
    table = _crm(rng, events // 25, people)
    pq.write_table(table, out / "crm" / "0000.parquet", row_group_size=250_000)
    for name, body in configurations().items():
        (out / f"{name}.yaml").write_text(yaml.safe_dump(body, sort_keys=False))


def _text(prefix: str, number: Longs) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(number).cast(pa.string()), "")


def _some(rng: np.random.Generator, values: pa.Array, share: float) -> pa.Array:
    keep = pa.array(rng.random(len(values)) < share)
    return pc.if_else(keep, values, pa.scalar(None, values.type))


def _or(rng: np.random.Generator, values: pa.Array, share: float, other: str) -> pa.Array:
    return pc.if_else(pa.array(rng.random(len(values)) < share), other, values)


def _emails(rng: np.random.Generator, person: Longs) -> pa.Array:
    email = pc.binary_join_element_wise(_text("user.", person), "example.com", "@")
    email = pc.if_else(pa.array(rng.random(len(person)) < 0.2), pc.ascii_upper(email), email)
    padded = pc.binary_join_element_wise(" ", email, "")
    return pc.if_else(pa.array(rng.random(len(person)) < 0.05), padded, email)


def _events(rng: np.random.Generator, low: int, count: int, people: int) -> pa.Table:
    person = rng.integers(0, people, count)
    known = person % 10 < 6  # has an account
    device = person - np.where(person % 50 == 1, 1, 0)  # number 1 of each fifty shares number 0's
    cookie = person * 2 + (rng.random(count) < 0.15)
    action = np.where(known, rng.choice(3, count, p=(0.8, 0.15, 0.05)), 0)
    signed = known & ((action == 1) | (rng.random(count) < 0.2)) & (action != 2)

    def of_signed(values: pa.Array) -> pa.Array:
        return pc.if_else(pa.array(signed), values, pa.scalar(None, values.type))

    return pa.table(
        {
            "event_id": _text("e", np.arange(low, low + count)),
            "ts": pa.array(_BEGIN + rng.integers(0, _SPAN, count), pa.timestamp("us", tz="UTC")),
            "action": pa.array(_ACTIONS).take(pa.array(action)),
            "customer_id": of_signed(_or(rng, _text("c-", person), 0.001, "guest")),
            "email": of_signed(_some(rng, _emails(rng, person), 0.4)),
            "phone": of_signed(_some(rng, _text("+1555", person), 0.1)),
            "login_name": of_signed(_some(rng, _text("login", person), 0.05)),
            "device_id": _or(rng, _some(rng, _text("device-", device), 0.35), 0.001, "unknown"),
            "idfa": _some(rng, _text("idfa-", device), 0.02),
            "cookie_id": _some(rng, _text("cookie-", cookie), 0.7),
        }
    )


def _attributes(rng: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """What an event says of a profile's attributes."""
    plans, flags = pa.array(["free", "basic", "gold", "", None]), pa.array(["true", "0", None])
    return {
        "plan": plans.take(pa.array(rng.integers(0, len(plans), count))),
        "city": _some(rng, _text("city of ", rng.integers(0, 1000, count)), 0.8),
        "amount": _some(rng, pa.array(np.round(rng.exponential(40, count), 2)), 0.5),
        "quantity": _some(rng, pa.array(rng.integers(0, 100, count)), 0.5),
        "consent": flags.take(pa.array(rng.integers(0, len(flags), count))),
    }


def _crm(rng: np.random.Generator, count: int, people: int) -> pa.Table:
    person = rng.integers(0, people, count)
    person -= person % 10 % 6  # account holders only
    return pa.table(
        {
            "crm_id": _text("r", np.arange(count)),
            "updated_at": pa.array(
                _BEGIN + rng.integers(0, _SPAN, count), pa.timestamp("us", tz="UTC")
            ),
            "customer_id": _text("c-", person),
            "email": _emails(rng, person),
            "phone": _some(rng, _text("+1555", person), 0.5),
        }
    )


def configurations() -> dict[str, dict[str, object]]:
    """The configurations that are measured, by name."""
    request = {
        "column": "action",
        "map": {"page_view": "identify", "sign_in": "login", "sign_out": "logout"},
    }
    web = {
        "path": "events",
        "record_id": "event_id",
        "time": "ts",
        "request": request,
        "duplicates": "keep",
        "identities": {kind: kind for kind in TYPES},
    }
    crm = {
        "kind": "crm",
        "path": "crm",
        "record_id": "crm_id",
        "time": "updated_at",
        "duplicates": "keep",
        "identities": {kind: kind for kind in ("customer_id", "email", "phone")},
    }
    base: dict[str, object] = {
        "version": 1,
        "sources": {"web": web, "crm": crm},
        "identities": {
            kind: {"normalise": ["trim", "lower"]} if kind == "email" else {} for kind in TYPES
        },
        "tables": _TABLES,
    }
    merge_all = {"policy": "merge_all"}
    out = {name: base | {"strategies": body} for name, body in _strategies().items()}
    defaults = {"web": {**web, "duplicates": "drop"}, "crm": {**crm, "duplicates": "drop"}}
    of_web = {"web": {**web, "attributes": _MAPPED}, "crm": crm}
    profiles = {"tables": [*_TABLES, "profiles", "evidence"], "strategies": {"one": merge_all}}
    out["newest"] = base | profiles | {"sources": of_web}
    out["rules"] = out["newest"] | {"attributes": _RULES}
    out["defaults"] = base | {"sources": defaults, "strategies": {"one": merge_all}}
    return out


def _strategies() -> dict[str, dict[str, object]]:
    """The strategies of each configuration."""
    merge_all = {"policy": "merge_all"}
    fewer = {"policy": "merge_all", "link_on": list(TYPES[:4])}
    conversion = {
        "policy": "idsync",
        "preset": "profile_conversion",
        "login": ["customer_id"],
    }
    isolation = {"policy": "idsync", "preset": "profile_isolation"}
    return {
        "merge_all": {"one": merge_all},
        "two": {"one": merge_all, "two": fewer},
        "idsync": {"one": conversion},
        "idsync_two": {"one": conversion, "two": isolation},
        "constrained_merge": {"one": {"policy": "constrained_merge", "unique": ["customer_id"]}},
        "demote_weakest": {"one": {"policy": "demote_weakest"}},
        "no_guess": {"one": {"policy": "no_guess", "unique": ["customer_id"]}},
    }


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]))
