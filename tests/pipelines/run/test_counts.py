"""What the manifest counts doesn't depend on the tables that were asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.running import backfill

ROWS = [
    {"id": "1", "customer": "c1", "email": "a@x"},
    {"id": "2", "customer": "c2", "email": "a@x", "device": "unknown"},
    {"id": "3", "device": "d1", "email": "b@x"},
    {"id": "4", "device": "null"},
]


@pytest.mark.parametrize("tables", [["linkages"], ["assignments", "identities"]])
def test_every_count_is_there_whatever_tables_were_asked_for(
    tables: list[str], tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    kinds = ("customer", "email", "device")
    body: dict[str, Any] = {
        "sources": {
            "log": {"path": "../in.jsonl", "record_id": "id", "identities": {k: k for k in kinds}}
        },
        "identities": {kind: {} for kind in kinds},
        "strategies": {
            "all": {"policy": "merge_all"},
            "fits": {"policy": "demote_weakest"},
            "hubs": {
                "policy": "merge_all",
                "hubs": [{"type": "email", "linked_type": "customer", "more_than": 1}],
            },
        },
    }
    whole = backfill(tmp_path / "whole", body)
    part = backfill(tmp_path / "part", body | {"tables": tables})
    for name, facts in whole.manifest["strategies"].items():
        counts = part.manifest["strategies"][name]["counts"]
        assert counts["risks"] == {}  # they cost more than a count
        listing = {key: facts["counts"][key] for key in ("risks", "types", "two_largest")}
        assert counts | listing == facts["counts"]
    counts = whole.manifest["strategies"]["hubs"]["counts"]
    assert counts["drops"] == {"blocked": 2, "hub": 2}
