"""A configuration that uses all that a run can do, on what a run of the simulated world found."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.pipelines.running import Run


def write_everything(world: Path, base: Run) -> Path:
    """Add decisions, rules, audiences, groups, aliases and requests to the world's configuration.

    The decisions and the erasure name identities that the base found.
    """
    folder = world / "world"
    body: dict[str, Any] = yaml.safe_load((folder / "idweave.yaml").read_text())
    single, several = _emails(base)
    decisions, requests = _decisions(single, several), _requests(single[12:16])
    for name, rows in (("decisions", decisions), ("requests", requests)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "key").write_text("a key of the tests, of more than 32 bytes")
    body["strategies"]["conversion"]["alias"] = {"by": ["device_id"], "within": "90d"}
    body["strategies"]["everything"]["link_on"] = ["customer_id", "email"]
    body["platforms"]["meta"] |= {"where": "plan is not null", "sample": 0.5}
    more = {
        "attributes": {"plan": {"rule": "most_frequent"}, "seen": {"rule": "count"}},
        "audiences": {"paying": {"strategy": "careful", "where": "plan <> 'free' and seen > 1"}},
        "groups": {"number": {"strategy": "careful", "by": "phone", "attributes": {"seen": "sum"}}},
        "decisions": "decisions.jsonl",
        "privacy": {
            "requests": "requests.jsonl",
            "strategy": "strong",
            "by": ["customer_id", "email"],
            "key": "file:key",
            "exports": str(world / "exports"),
        },
    }
    path = folder / "everything.yaml"
    path.write_text(yaml.safe_dump(body | more, sort_keys=False))
    return path


def _emails(base: Run) -> tuple[list[str], list[list[str]]]:
    """Those of some profiles with one, and of some with several."""
    by_profile: dict[str, list[str]] = {}
    for row in base.rows("identities", "strong"):
        if row["identity_type"] == "email":
            by_profile.setdefault(row["profile_id"], []).append(row["identity_value"])
    single = [found[0] for found in by_profile.values() if len(found) == 1]
    return single[:20], [found for found in by_profile.values() if len(found) > 1][:6]


def _decisions(single: list[str], several: list[list[str]]) -> list[dict[str, str]]:
    pairs = [("apart", *found[:2]) for found in several]
    pairs += [("together", *single[at : at + 2]) for at in range(0, 12, 2)]
    return [
        {
            "id": f"d{number}",
            "action": action,
            "left_type": "email",
            "left_value": left,
            "right_type": "email",
            "right_value": right,
            "decided_at": "2026-01-15T00:00:00Z",
        }
        for number, (action, left, right) in enumerate(pairs)
    ]


def _requests(emails: list[str]) -> list[dict[str, Any]]:
    kinds = ("erasure", "erasure", "access", "erasure")
    return [
        {
            "request_id": f"r{number}",
            "type": kind,
            "submitted_at": "2026-01-20T00:00:00Z",
            "identities": [{"type": "email", "value": value}],
        }
        for number, (kind, value) in enumerate(zip(kinds, emails, strict=True))
    ]
