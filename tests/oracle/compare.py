"""Runs worlds through the product and compares everything with the plain reading."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.oracle.expect import expect
from tests.oracle.random_worlds import DIRECT, TYPES
from tests.oracle.world import Key, Record, Strategy
from tests.pipelines.running import Run, backfill


def profile_id(key: Key) -> str:
    """The id of a profile by how it was born."""
    return hashlib.blake2b("\0".join(key).encode(), digest_size=16).hexdigest()


def configuration(folder: Path, scopes: Sequence[str], strategies: dict[str, Strategy]) -> Any:
    """One configuration for many worlds, each a scope, and many strategies over all of them."""
    common = {
        "format": "jsonl",
        "record_id": "id",
        "time": {"column": "ts", "unit": "us"},
        "workspace": {"column": "scope"},
        "request": {"column": "request"},
        "duplicates": "keep",
        "identities": {kind: kind for kind in TYPES},
        "changes": "changes",
    }
    return {
        "scopes": {scope: [scope] for scope in scopes},
        "sources": {
            "creates": common | {"path": str(folder / "creates*.jsonl")},
            "updates": common | {"path": str(folder / "updates*.jsonl"), "create": False},
        },
        "identities": {kind: {"direct": kind in DIRECT} for kind in TYPES},
        "strategies": {name: _keys(strategy) for name, strategy in strategies.items()},
        "tables": ["assignments", "identities", "profiles", "linkages", "drops"],
        "shards": 2,
    }


def _keys(strategy: Strategy) -> dict[str, Any]:
    hubs = [{"type": k, "linked_type": other, "more_than": n} for k, other, n in strategy.hubs]
    sources = {"sources": list(strategy.sources)} if strategy.sources else {}
    return {
        "policy": strategy.policy,
        "link_on": list(strategy.link_on),
        "hubs": hubs,
        **sources,
        **strategy.params,
    }


def write_records(folder: Path, records: Sequence[Record], files: int = 1) -> None:
    """Write JSON lines, a file or more for each source."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in ("creates", "updates"):
        own = [record for record in records if record.source == source]
        for number in range(files):
            lines = [json.dumps(record_as_json(record)) + "\n" for record in own[number::files]]
            (folder / f"{source}-{number}.jsonl").write_text("".join(lines))


def record_as_json(record: Record) -> dict[str, Any]:
    """A record as sources write it."""
    body: dict[str, Any] = {
        "id": record.record_id,
        "ts": record.event_time,
        "scope": record.scope,
        "request": record.request,
    }
    for kind in TYPES:
        body[kind] = [value for k, value in record.identities if k == kind]
    body["changes"] = [{"type": kind, "old": old, "new": new} for kind, old, new in record.changes]
    return body


def run_worlds(
    folder: Path, worlds: dict[str, list[Record]], strategies: dict[str, Strategy]
) -> Run:
    """Run every strategy over every world, each world being a scope."""
    records = [record for world in worlds.values() for record in world]
    write_records(folder / "in", records)
    return backfill(folder, configuration(folder / "in", list(worlds), strategies))


def differences(
    run: Run, name: str, strategy: Strategy, worlds: dict[str, list[Record]]
) -> list[str]:
    """Worlds in which the product differs from the plain reading, and in what."""
    found = _Found(run, name)
    out = []
    for scope, records in worlds.items():
        expected = expect(records, strategy)
        assignments = {
            key: (profile and profile_id(profile), status, reason)
            for key, (profile, status, reason) in expected.assignments.items()
        }
        held = {profile_id(key): ids for key, ids in expected.held.items()}
        known = {profile_id(key): is_known for key, is_known in expected.known.items()}
        linked = {profile_id(k): v and profile_id(v) for k, v in expected.linked_from.items()}
        pairs: list[tuple[str, Any, Any]] = [
            ("assignments", assignments, found.assignments.get(scope, {})),
            ("held", held, found.held.get(scope, {})),
            ("known", known, found.known.get(scope, {})),
            ("linked_from", linked, found.linked_from.get(scope, {})),
            ("drops", expected.drops, found.drops.get(scope, Counter())),
            ("links", expected.dropped_links, found.links.get(scope, set())),
        ]
        out += [f"{scope} {name}: {what}" for what, want, got in pairs if want != got]
    return out


class _Found:
    """A run's tables in the words of the plain reading, by scope."""

    def __init__(self, run: Run, name: str) -> None:
        self.assignments: dict[str, dict[Any, Any]] = {}
        scope_of = {}
        for row in run.rows("assignments", name):
            key = row["source"], row["record_id"]
            scope_of[key] = row["scope"]
            of_scope = self.assignments.setdefault(row["scope"], {})
            of_scope[key] = (row["profile_id"], row["status"], row["reason"])
        self.held: dict[str, dict[str, set[Any]]] = {}
        self.known: dict[str, dict[str, bool]] = {}
        self.linked_from: dict[str, dict[str, str | None]] = {}
        for row in run.rows("profiles", name):
            self.held.setdefault(row["scope"], {})[row["profile_id"]] = set()
            self.known.setdefault(row["scope"], {})[row["profile_id"]] = row["known"]
            self.linked_from.setdefault(row["scope"], {})[row["profile_id"]] = row["linked_from"]
        for row in run.rows("identities", name):
            if row["linked"]:
                identity = row["identity_type"], row["identity_value"]
                self.held[row["scope"]][row["profile_id"]].add(identity)
        self.drops: dict[str, Counter[Any]] = {}
        for row in run.rows("drops", name):
            key = row["source"], row["record_id"]
            value = (*key, row["identity_type"], row["identity_value"], row["rule"])
            self.drops.setdefault(scope_of[key], Counter())[value] += 1
        self.links: dict[str, set[Any]] = {}
        for row in run.rows("linkages", name):
            if row["status"] == "dropped":
                left = row["left_type"], row["left_value"]
                right = row["right_type"], row["right_value"]
                self.links.setdefault(row["scope"], set()).add((left, right, row["rule"]))
