"""Groups of random worlds through the product, compared with the plain reading of its profiles."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.oracle.compare import configuration, record_as_json
from tests.oracle.groups import Group, groups_of
from tests.oracle.random_worlds import random_strategy, random_world
from tests.oracle.world import Record, Row
from tests.pipelines.running import RunFolder

STREETS = ("Main St 1", " main st 1", "MAIN ST 1\t", "Straße 2", "STRASSE 2", "", " ", "3", None)
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "dog": {"rule": "any_true"},
    "spent": {"rule": "sum", "type": "int64"},
    "plan": {"rule": "newest"},
    "age": {"rule": "newest", "type": "int64"},
}
RULES = {
    "dog": ("any_true", "all_true", "count", "most_frequent"),
    "spent": ("sum", "min", "max", "collect", "most_frequent", "count"),
    "plan": ("most_frequent", "min", "max", "collect", "count"),
    "age": ("sum", "min", "max", "collect", "most_frequent", "count"),
}
KINDS = {"spent": "int64", "age": "int64", "dog": "boolean"}


def random_group(seed: int, strategy: str, linked: Sequence[str]) -> dict[str, Any]:
    """The rules of a group, as the configuration has them."""
    rng = random.Random(f"group {seed}")
    body: dict[str, Any] = {"strategy": strategy, "by": rng.choice(("street", "age", *linked))}
    if rng.random() < 0.6:
        body["max_size"] = rng.randint(1, 4)
    body["attributes"] = {
        name: rng.choice(rules) for name, rules in RULES.items() if rng.random() < 0.8
    }
    return body


def written(record: Record) -> dict[str, Any]:
    """A line of a source, its attributes made of the record's id."""
    rng = random.Random(f"{record.key}")
    said = {
        "street": rng.choice(STREETS),
        "dog": rng.choice(("true", "0", "maybe", None)),
        "spent": rng.choice((1, 2, -5, None)),
        "plan": rng.choice(("gold", "Gold", "free", "é", None)),
        "age": rng.choice((7, 70, None)),
    }
    return record_as_json(record) | said


def body_of(folder: Path, seed: int, worlds: int, policies: Sequence[str]) -> dict[str, Any]:
    """A configuration with a group by each strategy's rules or more; its input is written."""
    scopes = [f"w{i:03d}" for i in range(worlds)]
    records = [r for i, s in enumerate(scopes) for r in random_world(seed * 1000 + i, s)]
    folder.mkdir(parents=True, exist_ok=True)
    for source in ("creates", "updates"):
        lines = [json.dumps(written(r)) + "\n" for r in records if r.source == source]
        (folder / f"{source}-0.jsonl").write_text("".join(lines))
    strategies = {f"s{i}": random_strategy(seed * 100 + i, of) for i, of in enumerate(policies)}
    body: dict[str, Any] = configuration(folder, scopes, strategies)
    named = {name: name for name in (*RULES, "street")}
    for source in body["sources"].values():
        source["attributes"] = named
    body["attributes"] = ATTRIBUTES
    body["groups"] = {
        f"g{i}{j}": random_group(seed * 100 + 10 * i + j, name, ("customer_id", "device", "mpid"))
        for i, name in enumerate(strategies)
        for j in range(3)
    }
    body["tables"] = ["identities", "profiles", "groups", "group_attributes"]
    return body


def groups_differ(run: RunFolder, groups: Mapping[str, Any], key: bytes = b"") -> list[str]:
    """Groups that are not as the plain reading has them, of the profiles that the run wrote."""
    out = []
    for name, body in groups.items():
        profiles = run.rows("profiles", body["strategy"])
        group = Group(
            name,
            body["by"],
            body["by"] not in (*RULES, "street", "address"),
            body.get("max_size", 20),
            body.get("attributes", {}),
            KINDS,
        )
        made = groups_of(group, profiles, run.rows("identities", body["strategy"]), key)
        pairs = {"groups": made.rows, "group_attributes": made.attributes}
        for table, rows in pairs.items():
            found = _texts(run.rows(table, name))
            if found != _texts(rows):
                wanted = [row for row in _texts(rows) if row not in found]
                other = [row for row in found if row not in _texts(rows)]
                out.append(f"{table}/{name} {body}: {wanted[:2]} but {other[:2]}")
    return out


def _texts(rows: Sequence[Row]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)
