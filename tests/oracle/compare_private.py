"""Random chains with privacy requests through the product, compared with the plain reading."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from idweave.pipelines.cli.main import main
from tests.oracle.compare import configuration, record_as_json
from tests.oracle.compare_chains import (
    changes_differ,
    moment,
    plain_row,
    run_differs,
    write_decisions,
)
from tests.oracle.compare_groups import groups_differ
from tests.oracle.play_private import PrivatePlayed, PrivateStep, play_private, sources_of
from tests.oracle.requests import Privacy, Request
from tests.oracle.suppressing import Suppression
from tests.oracle.world import Record
from tests.pipelines.running import RunFolder, write_config

REQUESTS = (
    "request_id", "type", "submitted_at", "status", "resolved_run", "resolved_at", "profiles",
    "records", "identities", "kept_identities",
)  # fmt: skip
FEW = ("assignments", "identities", "profiles", "observations", "linkages", "drops", "ids",
       "id_changes", "decisions")  # fmt: skip
_PLANS = ("gold", "free", None)
MORE: dict[str, Any] = {
    "attributes": {"plan": {"rule": "newest"}, "plans": {"rule": "collect", "from": "plan"}},
    "audiences": {"gold": {"strategy": "s0", "where": "plan = 'gold'"}},
    "groups": {
        "home": {"strategy": "s0", "by": "address", "attributes": {"plan": "most_frequent"}},
        "shared": {"strategy": "s0", "by": "mpid", "max_size": 2},
    },
    "platforms": {
        "ads": {"strategy": "s0", "identities": {"email": {"as": "mail", "pick": "all"}},
                "require": "any", "attributes": ["plan"]},
    },
}  # fmt: skip


def attributes_of(record: Record) -> dict[str, str | None]:
    """What the record says beside identities: made of its id, as attributes decide nothing."""
    number = int(record.record_id[-2:])
    return {"plan": _PLANS[number % 3], "address": f"{record.scope} {number % 4}"}


def write_sources(folder: Path, records: Sequence[Record]) -> None:
    """Write a file of JSON lines for each source."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in ("creates", "updates"):
        lines = [
            json.dumps(record_as_json(record) | attributes_of(record)) + "\n"
            for record in records
            if record.source == source
        ]
        (folder / f"{source}-0.jsonl").write_text("".join(lines))


def write_requests(folder: Path, requests: Sequence[Request]) -> str:
    """Write requests as JSON lines; returns the path."""
    lines = []
    for request in requests:
        body = {
            "request_id": request.id,
            "type": request.type,
            "submitted_at": moment(request.submitted_at),
            "identities": [{"type": kind, "value": value} for kind, value in request.identities],
            "lifts": request.lifts,
            "cancelled_at": request.cancelled_at and moment(request.cancelled_at),
        }
        lines.append(json.dumps({k: v for k, v in body.items() if v is not None}) + "\n")
    path = folder / "requests.jsonl"
    path.write_text("".join(lines))
    return str(path)


def body_of(
    folder: Path, private: PrivateStep, privacy: Privacy | None, full: bool
) -> dict[str, Any]:
    """The configuration of a run, its input written into the folder. `full`: with all tables."""
    step = private.step
    write_sources(folder, step.records)
    scopes = sorted({record.scope for record in step.records})
    body: dict[str, Any] = configuration(folder, scopes, dict(step.rules))
    body["tables"] = list(FEW)
    if full:
        body |= MORE
        del body["tables"]
    for source in body["sources"].values():
        source["duplicates"] = "drop"
        source["attributes"] = {"plan": "plan", "address": "address"}
    body["decisions"] = write_decisions(folder, step.decisions)
    if privacy is not None:
        (folder / "key").write_bytes(privacy.key)
        (folder / "key").chmod(0o600)
        body["privacy"] = {
            "requests": write_requests(folder, private.requests),
            "strategy": privacy.strategy,
            "by": list(privacy.by),
            "key": f"file:{folder / 'key'}",
            "exports": str(folder / "exports"),
            "accept_new": privacy.accept_new,
        }
    return body


def publish(
    folder: Path,
    output: Path,
    private: PrivateStep,
    base: str | None,
    privacy: Privacy | None,
    full: bool = True,
) -> RunFolder:
    """Publish one run."""
    step = private.step
    config = write_config(folder, body_of(folder, private, privacy, full))
    arguments = [str(config), "--output", str(output), "--run-id", step.run_id, "--quiet"]
    arguments += ["--as-of", moment(step.as_of)]
    command = ["backfill", *arguments] if base is None else ["refresh", *arguments, "--base", base]
    assert main(command) == 0
    return RunFolder(output / "runs" / f"run_id={step.run_id}")


def differences(
    folder: Path, chain: Sequence[PrivateStep], privacy: Privacy, full: bool = True
) -> list[str]:
    """Tables in which the runs of a chain differ from the plain reading.

    `full`: with all tables, and each run beside one that never saw what is suppressed.
    """
    out: list[str] = []
    output = folder / "out"
    runs: list[RunFolder] = []
    for private, expected in zip(chain, play_private(chain, privacy), strict=True):
        base = None if private.step.base is None else runs[private.step.base]
        base_id = None if base is None else base.manifest["run_id"]
        run = publish(folder / private.step.run_id, output, private, base_id, privacy, full)
        runs.append(run)
        out += _ledger_differs(run, expected)
        for name in private.step.rules:
            out += run_differs(run, name, expected.played[name])
        if base is not None:
            out += changes_differ(base, run, private.step.rules)
        if full:
            out += groups_differ(run, MORE["groups"])
            out += without_privacy(folder / f"{private.step.run_id}-plain", private, expected, run)
    return out


def _ledger_differs(run: RunFolder, expected: PrivatePlayed) -> list[str]:
    """Tables `requests` and `suppressions`."""
    ledger = expected.done.ledger
    wanted: dict[str, set[Any]] = {
        "requests": {plain_row(row, REQUESTS) for row in ledger.requests.values()},
        "suppressions": set(map(tuple, ledger.suppressions)),
        "sources": {
            (name, of, number)
            for name in ledger.requests
            for of, number in sources_of(expected, name).items()
        },
    }
    rows = run.rows_of("requests")
    found: dict[str, set[Any]] = {
        "requests": {plain_row(row, REQUESTS) for row in rows},
        "suppressions": {
            plain_row(row, Suppression._fields) for row in run.rows_of("suppressions")
        },
        "sources": {
            (row["request_id"], of["source"], of["records"])
            for row in rows
            for of in row["sources"]
        },
    }
    run_id = run.manifest["run_id"]
    return [
        f"{run_id} {what}: {sorted(map(str, of - found[what]))} "
        f"but {sorted(map(str, found[what] - of))}"
        for what, of in wanted.items()
        if of != found[what]
    ]


def without_privacy(
    folder: Path, private: PrivateStep, expected: PrivatePlayed, run: RunFolder
) -> list[str]:
    """Tables that differ from those of a run that never saw what was suppressed, by birth ids.

    Only lasting ids tell the two apart: every other table is a function of what is read.
    """
    decisions = [d for d in private.step.decisions if d.id not in expected.without_effect]
    step = private.step._replace(records=expected.left, decisions=decisions)
    plain = publish(folder / "in", folder / "out", private._replace(step=step), None, None)
    out = []
    for table, name in _tables(plain):
        left, right = (_by_birth(of, table, name) for of in (run, plain))
        if left != right:
            one = next((row for row in left if row not in right), None)
            other = next((row for row in right if row not in left), None)
            out.append(f"{step.run_id} {table} {name}: {other} but {one}")
    return out


_LASTING = ("profile_id", "linked_from", "alias_id", "alias_profile_id")
_OTHER_THAN = ("ids", "id_changes", "decisions", "quarantine", "assignments")


def _tables(run: RunFolder) -> list[tuple[str, str]]:
    found = [(t["table"], t["name"] or t["strategy"]) for t in run.manifest["tables"]]
    return sorted({of for of in found if of[0] not in _OTHER_THAN})


def _by_birth(run: RunFolder, table: str, name: str) -> list[str]:
    """Rows as texts, with birth ids for lasting ones, without what only a base tells."""
    strategy = name if (run.folder / table / f"strategy={name}").exists() else "s0"
    births: Mapping[Any, Any] = {
        row["profile_id"]: row["birth_id"]
        for row in run.rows("ids", strategy)
        if row["status"] == "live"
    }
    rows = []
    for row in run.rows(table, name):
        row.pop("member_since", None)
        rows.append({c: births.get(v, v) if c in _LASTING else v for c, v in row.items()})
    return sorted(repr(sorted(row.items())) for row in rows)
