"""Audiences and rules of platforms against a plain reading, in a run and in one built on it."""

import datetime
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from idweave.pipelines.cli.main import main
from tests.oracle.rules import Expected, Holds, Platform, judge, members
from tests.pipelines.running import Run, write_config

DAY = datetime.timedelta(days=1)
FIRST = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
CONDITIONS: dict[str, tuple[str, Holds]] = {
    "gold": ("plan = 'gold'", lambda row: row["plan"] and row["plan"] == "gold"),
    "recent": (
        "last_seen >= as_of - interval 20 days",
        lambda row: row["last_seen"] and row["last_seen"] >= row["as_of"] - 20 * DAY,
    ),
    "reachable": (
        "list_contains(identity_types, 'email') and identity_count > 1",
        lambda row: "email" in row["identity_types"] and row["identity_count"] > 1,
    ),
    "half": (
        "profile_id < '8' and scope = 'default'",
        lambda row: row["profile_id"] < "8",
    ),
    "nobody": ("plan = 'platinum'", lambda row: False),
}
PLATFORMS = (
    Platform("consented", lambda row: row["consent"]),
    Platform("some", lambda row: row["opted_out"] is not True, ("gold", "half"), "0.7"),
    Platform("few", None, (), "0.25"),
    Platform("members", None, ("recent", "reachable", "nobody")),
    Platform("plain"),
)
WHERE = {"consented": "consent", "some": "opted_out is not true"}


def write(folder: Path, seed: int) -> None:
    """Records of some people who change their minds, some of whom become one."""
    dice = random.Random(seed)
    lines = []
    for number in range(150):
        person = dice.randrange(60)
        row = {
            "id": f"{seed}-{number}",
            "ts": (FIRST + dice.randrange(-40, 20 * seed + 1) * DAY).isoformat(),
            "customer": f"c{person}",
            "email": dice.choice([None, f"e{dice.randrange(60)}@x.org", f"broken{person}"]),
            "device": f"d{person}",
            "plan": dice.choice(["gold", "free", None]),
            "consent": dice.choice(["true", "false", None]),
            "opted_out": dice.choice(["1", None, None]),
        }
        lines.append(json.dumps(row) + "\n")
    (folder / f"{seed}.jsonl").write_text("".join(lines))


def configuration(folder: Path) -> dict[str, Any]:
    """Two strategies with the same rules: one merges, one replays."""
    attributes = ("plan", "consent", "opted_out")
    platforms = {}
    for platform in PLATFORMS:
        keys = {"where": WHERE.get(platform.name), "sample": platform.sample}
        platforms[platform.name] = {
            "strategy": "s",
            "identities": {"email": {"normalise": "meta", "encoding": "sha256"}},
            "audiences": list(platform.audiences),
            **{key: value for key, value in keys.items() if value is not None},
        }
    return {
        "sources": {
            "web": {
                "path": str(folder / "*.jsonl"),
                "record_id": "id",
                "time": "ts",
                "identities": {"customer": "customer", "email": "email", "device": "device"},
                "attributes": {name: name for name in attributes},
            }
        },
        "identities": {"customer": {}, "email": {}, "device": {}},
        "attributes": {
            "consent": {"rule": "newest", "type": "boolean"},
            "opted_out": {"rule": "any_true"},
        },
        "strategies": {
            "s": {"policy": "constrained_merge", "link_on": ["customer", "email"]},
        },
        "audiences": {
            name: {"strategy": "s", "where": text} for name, (text, _) in CONDITIONS.items()
        },
        "platforms": platforms,
        "shards": 2,
    }


def rows_of(run: Run, folder: str) -> list[dict[str, Any]]:
    """All rows of a table, by its folder."""
    files = sorted((run.folder / folder).glob("*.parquet"))
    rows: list[dict[str, Any]] = pa.concat_tables(
        pq.ParquetFile(f).read() for f in files
    ).to_pylist()
    return rows


def seen_by_conditions(run: Run, as_of: datetime.datetime) -> list[dict[str, Any]]:
    """The rows of `profiles` with what conditions see beside them."""
    types: dict[str, set[str]] = {}
    for row in run.rows("identities", "s"):
        types.setdefault(row["profile_id"], set()).add(row["identity_type"])
    beside = {"as_of": as_of}
    return [
        row | beside | {"identity_types": sorted(types[row["profile_id"]])}
        for row in run.rows("profiles", "s")
    ]


def compare(run: Run, as_of: datetime.datetime, base: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Compare a run with the plain reading; returns its audiences."""
    profiles = seen_by_conditions(run, as_of)
    audiences = {}
    for name, (_, holds) in CONDITIONS.items():
        audiences[name] = members(profiles, holds, as_of, base.get(name))
        rows = rows_of(run, f"audiences/{name}")
        assert {row["profile_id"]: row["member_since"] for row in rows} == audiences[name]
        ids = [row["profile_id"] for row in rows]
        assert ids == sorted(ids)
        assert {row["scope"] for row in rows} <= {"default"}
    told = run.manifest["strategies"]["s"]["counts"]
    refused = 0
    for platform in PLATFORMS:
        expected = judge(profiles, platform, audiences)
        refused += _compare_platform(run, platform, expected, told["platforms"][platform.name])
    assert told["drops"].get("platform_not_normalisable", 0) == refused
    return audiences


def _compare_platform(run: Run, platform: Platform, expected: Expected, told: Any) -> int:
    """Compare one platform; returns how many of its values can't be normalised."""
    emails: dict[str, tuple[Any, str]] = {}
    oldest = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    for row in run.rows("identities", "s"):
        if row["identity_type"] == "email":
            of = emails.get(row["profile_id"])
            new = row["last_seen"] or oldest, row["identity_value"]
            if of is None or new[0] > of[0] or (new[0] == of[0] and new[1] < of[1]):
                emails[row["profile_id"]] = new
    rows = {row["profile_id"]: row for row in rows_of(run, f"platforms/{platform.name}")}
    right = {p for p in expected.left if "@" in emails.get(p, ("", ""))[1]}
    wrong = {p for p in expected.left if p in emails and "@" not in emails[p][1]}
    assert set(rows) == right
    if platform.audiences:
        assert {p: row["audiences"] for p, row in rows.items()} == {
            p: expected.left[p] for p in right
        }
    require = len(expected.left) - len(right)
    counts = {rule: expected.counts[rule] for rule in ("where", "audiences", "sample")}
    counts |= {"require": require, "written": len(right), "not_normalisable": len(wrong)}
    assert told == counts | {"left_out": sum(expected.counts.values()) + require}
    details = [row["record_id"] for row in run.rows("drops", "s") if row["detail"] == platform.name]
    assert len(details) == len(wrong)
    return len(wrong)


def test_audiences_and_platforms_are_as_the_plain_reading_has_them(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", 0)
    config = write_config(tmp_path, configuration(tmp_path / "in"))
    output = ["--output", str(tmp_path / "out")]
    assert main(["backfill", str(config), *output, "--as-of", FIRST.isoformat()]) == 0
    first = Run(tmp_path / "out")
    audiences = compare(first, FIRST, {})
    assert min(len(audiences["gold"]), len(audiences["half"])) > 10
    write(tmp_path / "in", 1)
    later = FIRST + 20 * DAY
    assert main(["refresh", str(config), *output, "--as-of", later.isoformat()]) == 0
    second = Run(tmp_path / "out")
    compare(second, later, audiences)
    left = {row["profile_id"] for row in rows_of(first, "platforms/consented")}
    now = {row["profile_id"] for row in rows_of(second, "platforms/consented")}
    changes = rows_of(second, "changes/platforms/consented")
    removed = {row["profile_id"] for row in changes if row["op"] == "remove"}
    assert set() != left - now <= removed
    gone = set(audiences["gold"]) - {r["profile_id"] for r in rows_of(second, "audiences/gold")}
    told = rows_of(second, "changes/audiences/gold")
    assert gone == {row["profile_id"] for row in told if row["op"] == "delete"} != set()
