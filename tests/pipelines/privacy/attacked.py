"""A small world with a person who asks to be forgotten, and people who would misuse that."""

import datetime
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from idweave.pipelines.cli.main import main
from tests.pipelines.running import RunFolder, write_config

KEY = "a key of thirty-two bytes or more"
MAIL, CUSTOMER, DEVICE = "vera.erased@secret.example", "V-7391-vera", "device-of-vera-55"
HERS = (MAIL, CUSTOMER, DEVICE, "Veranda-Erased", "+491701239876", "vera-erased-card")
COOKIE, STREET = "cookie-of-the-house", "12 Common Street"
Row = dict[str, Any]


def day(number: float) -> str:
    """A day of 2026, with a time."""
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (start + datetime.timedelta(days=number)).isoformat()


def event(record_id: str, time: float | None, **fields: Any) -> Row:
    """A line of the log."""
    return {"id": record_id, "ts": time and day(time), **fields}


V1 = event("v1", 2, customer=CUSTOMER, email=MAIL, device=DEVICE, cookie=COOKIE,
           name="Veranda-Erased", phone="+491701239876", address=STREET)  # fmt: skip
N1 = event("n1", 2.5, customer="N-1", email="nora@home.example", cookie=COOKIE, address=STREET)
WEB: list[Row] = [
    event("v0", 1, device=DEVICE),
    V1,
    event("v2", 3, email="Vera.Erased@Secret.example ", cookie=COOKIE),
    event("v3", 3.5, customer=CUSTOMER, card="vera-erased-card", email=MAIL),
    N1,
    event("n2", 4, customer="N-1", cookie=COOKIE, device="device-of-nora"),
    event("w1", 2, customer="W-1", email="walt@other.example", name="Walt"),
    event("w2", 3, customer="W-1", email="walt@other.example"),
    event("m1", 6, customer="M-666", email="walt@other.example"),
    event("o1", 6, customer="O-1", email="olga@other.example", device="device-of-olga"),
    event("x1", 7, action="modify", device="device-of-olga",
          changes=[{"type": "email", "old": None, "new": MAIL}]),
    {"id": "bad", "ts": "not a time", "email": MAIL, "name": "Veranda-Erased"},
]  # fmt: skip
CRM: list[Row] = [event("c1", 5, customer=CUSTOMER, email=MAIL, phone="+491701239876")]


def request(name: str, kind: str, *identities: tuple[str, str], **more: Any) -> Row:
    """A line of the requests, submitted on day 10."""
    named = [{"type": of, "value": value} for of, value in identities]
    return {"request_id": name, "type": kind, "submitted_at": day(10), "identities": named} | more


REQUESTS = [
    request("erase-vera", "erasure", ("email", " VERA.Erased@secret.example")),
    request("erase-by-device", "erasure", ("device", "device-of-nora")),
    request("erase-by-cookie", "erasure", ("cookie", COOKIE)),
    request("erase-neighbour", "erasure", ("customer", "nobody"), ("cookie", COOKIE)),
    request("erase-claimed", "erasure", ("customer", "M-666")),
    request("erase-strangely", "erase", ("email", "nora@home.example")),
    request("erase-tomorrow", "erasure", ("email", "nora@home.example"), submitted_at=day(90)),
    request("see-nora", "access", ("email", "nora@home.example")),
    request("cancelled", "erasure", ("email", "nora@home.example"), cancelled_at=day(11)),
]
_IDENTITIES = {"customer": "customer", "email": "email", "device": "device", "cookie": "cookie",
               "phone": "phone", "card": "card"}  # fmt: skip
_LINKED = ["customer", "email", "device", "cookie"]


def configuration(folder: Path) -> dict[str, Any]:
    """Two strategies, and everything that is made of profiles."""
    common = {"format": "jsonl", "record_id": "id", "time": "ts", "identities": _IDENTITIES}
    common["attributes"] = {"name": "name", "address": "address"}
    events = {"request": {"column": "action"}, "changes": "changes"}
    (folder / "key").write_text(KEY)
    (folder / "id_key").write_text(KEY[::-1])
    return {
        "sources": {
            "web": common | events | {"path": str(folder / "web*.jsonl")},
            "crm": common | {"kind": "crm", "path": str(folder / "crm.jsonl")},
        },
        "identities": {
            "customer": {},
            "email": {"normalise": ["trim", "lower"]},
            "device": {},
            "cookie": {},
            "phone": {},
            "card": {"pattern": "[0-9]+"},
        },
        "strategies": {
            "careful": {"policy": "constrained_merge", "link_on": _LINKED, "unique": ["customer"]},
            "visits": {"policy": "idsync", "preset": "profile_link", "login": ["customer"],
                       "unique": ["customer"],
                       "link_on": _LINKED, "alias": {"by": ["device"], "within": "90d"}},
        },
        "attributes": {"names": {"rule": "collect", "from": "name"}},
        "audiences": {"all": {"strategy": "careful", "where": "record_count > 0"}},
        "groups": {"home": {"strategy": "careful", "by": "address"},
                   "cookie": {"strategy": "careful", "by": "cookie"}},
        "platforms": {
            "ads": {"strategy": "careful", "require": "any", "attributes": ["name"],
                    "identities": {"email": {"as": "mail", "encoding": "sha256"},
                                   "phone": {"as": "phone", "pick": "all"}}},
        },
        "privacy": {"requests": str(folder / "requests.jsonl"), "strategy": "careful",
                    "by": ["customer", "email"], "key": f"file:{folder / 'key'}",
                    "exports": str(folder / "exports")},
        "id_key": f"file:{folder / 'id_key'}",
        "shards": 1,
    }  # fmt: skip


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_world(folder: Path) -> None:
    """Write log, CRM rows and requests."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "web.jsonl", WEB)
    write_lines(folder / "crm.jsonl", CRM)
    write_lines(folder / "requests.jsonl", REQUESTS)


def launch(folder: Path, body: Mapping[str, Any], *arguments: str, output: str = "out") -> int:
    """Run a command (its name is the first argument); returns its exit status."""
    name, *others = arguments
    config = write_config(folder, dict(body))
    as_of = [] if "--as-of" in others else ["--as-of", day(30)]
    return main([name, str(config), "--output", str(folder / output), *as_of, *others])


def run_of(folder: Path, run_id: str, output: str = "out") -> RunFolder:
    """A published run."""
    return RunFolder(folder / output / "runs" / f"run_id={run_id}")


def copied(folder: Path) -> str:
    """A copy of DIR; returns its name."""
    shutil.copytree(folder / "out", folder / "copy", symlinks=True)
    return "copy"


def assigned(run: RunFolder, strategy: str) -> dict[str, tuple[str, str | None]]:
    """Status and profile of each record that is not suppressed."""
    return {
        row["record_id"]: (row["status"], row["profile_id"])
        for row in run.rows("assignments", strategy)
        if row["status"] != "suppressed"
    }
