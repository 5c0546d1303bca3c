"""A run with every kind of answer, shared by the tests of explain."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.running import backfill

# two people share device d1; blocked and hub values stand between others
TYPES = ("customer_id", "email", "device_id", "plan_code")
ROWS = [
    ("r01", "c1 a@x.com d1", "identify", "web"),
    ("r02", "c2 b@x.com d1", "identify", "web"),
    ("r03", "c1 - d9", "identify", "web"),
    ("r04", "- null d2", "identify", "web"),
    ("r05", "- null d3", "identify", "web"),
    ("r06", "c5 - h1", "identify", "web"),
    ("r07", "c6 - h1", "identify", "web"),
    ("r08", "c7 - h1", "identify", "web"),
    ("r09", "c1 a@x.com d1", "identify", "shop"),
    ("r10", "c8 - -", "identify", "shop"),
]


def rows(run_folder: Path) -> str:
    """The records as JSON lines."""
    lines = []
    for number, (record, values, action, app) in enumerate(ROWS):
        row: dict[str, Any] = {"id": record, "n": number, "action": action, "app": app}
        row |= {k: v for k, v in zip(TYPES, values.split(), strict=False) if v != "-"}
        lines.append(json.dumps(row | {"plan_code": "gold"}) + "\n")
    return "".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world under every policy."""
    folder = tmp_path_factory.mktemp("explain")
    (folder / "in.jsonl").write_text(rows(folder))
    hubs = [{"type": "device_id", "linked_type": "customer_id", "more_than": 2}]
    linked = {"link_on": list(TYPES[:3])}
    two = {"scopes": {"site": ["web"], "store": ["shop"]}}
    strategies = {
        "everything": {"policy": "merge_all"},
        "hubless": {"policy": "merge_all", "hubs": hubs},
        "careful": {"policy": "constrained_merge", "unique": ["customer_id"]},
        "split": {"policy": "merge_all", **two},
        "replay": {"policy": "idsync", "preset": "profile_conversion", "login": ["customer_id"]},
        "demoting": {"policy": "demote_weakest", "max_values": {"customer_id": 1}},
        "fair": {"policy": "no_guess", "unique": ["customer_id"]},
    }
    source = {
        "path": "in.jsonl",
        "record_id": "id",
        "time": {"column": "n", "unit": "s"},
        "workspace": {"column": "app"},
        "request": {"column": "action"},
        "identities": {kind: kind for kind in TYPES},
    }
    body = {
        "sources": {"log": source},
        "identities": {kind: {"normalise": ["lower"]} if kind == "email" else {} for kind in TYPES},
        "strategies": {name: linked | of for name, of in strategies.items()},
        "shards": 2,
    }
    backfill(folder, body)
    return folder / "out"
