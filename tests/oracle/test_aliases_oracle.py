"""Aliases of random worlds through a whole run against a plain reading, and after a refresh."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.oracle.aliases import aliases_of
from tests.oracle.compare import configuration, write_records
from tests.oracle.random_worlds import TYPES, random_world
from tests.oracle.world import Record, Strategy
from tests.pipelines.running import Run, write_config
from tests.pipelines.settings.test_document import told


def strategies(types: tuple[str, ...]) -> dict[str, Strategy]:
    """Presets that have aliases, with different lengths and types."""
    first, second, *others = types
    common = {"login": [first], "unique": [first]}
    return {
        "a": Strategy("idsync", types, params={"preset": "profile_conversion", **common,
                      "alias": {"by": list(others)}}),
        "b": Strategy("idsync", types, params={"preset": "profile_link", **common,
                      "alias": {"by": [second, *others], "within": "1h"}}),
        "c": Strategy("idsync", types, params={"preset": "default", **common,
                      "alias": {"by": list(others[:1]), "within": "1d"}}),
    }  # fmt: skip


def rows_of(run: Run, name: str) -> tuple[dict[str, list[Any]], dict[str, dict[Any, Any]]]:
    """Aliases and the records in them, by scope."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in run.rows("aliases", name):
        begin, end = (round(row[t].timestamp() * 1_000_000) for t in ("from_time", "to_time"))
        identity = row["identity_type"], row["identity_value"]
        teller = row["source"], row["record_id"]
        found[row["scope"]].append(
            (row["alias_id"], row["profile_id"], begin, end, identity, teller, row["record_count"])
        )
    of_record: dict[str, dict[Any, Any]] = defaultdict(dict)
    for row in run.rows("assignments", name):
        if row["alias_profile_id"] is not None:
            key = row["source"], row["record_id"]
            of_record[row["scope"]][key] = row["alias_profile_id"]
    return found, of_record


def compare(run: Run, name: str, strategy: Strategy, worlds: dict[str, list[Record]]) -> int:
    """Compare the aliases of a strategy; returns how many there are."""
    found, of_record = rows_of(run, name)
    known = {row["profile_id"]: row["known"] for row in run.rows("profiles", name)}
    assigned = {
        (row["source"], row["record_id"]): row["profile_id"]
        for row in run.rows("assignments", name)
        if row["status"] == "assigned"
    }
    for scope, records in worlds.items():
        aliases, inside = aliases_of(records, strategy, assigned, known)
        assert found[scope] == [] or sorted(found[scope]) == sorted(map(tuple, aliases)), scope
        assert len(found[scope]) == len(aliases), scope
        assert of_record[scope] == inside, scope
    return sum(map(len, found.values()))


def test_aliases_are_as_the_plain_reading_has_them(tmp_path: Path) -> None:
    worlds = {f"w{i:03d}": random_world(i, f"w{i:03d}") for i in range(60)}
    made = strategies(TYPES)
    body = configuration(tmp_path / "in", list(worlds), made)
    body["tables"] = ["assignments", "identities", "profiles", "ids", "aliases"]
    write_records(tmp_path / "in", [record for world in worlds.values() for record in world])
    config = write_config(tmp_path, body)
    output = ["--output", str(tmp_path / "out")]
    assert main(["backfill", str(config), *output]) == 0
    run = Run(tmp_path / "out")
    counts = {name: compare(run, name, strategy, worlds) for name, strategy in made.items()}
    assert min(counts.values()) > 3, counts
    assert main(["refresh", str(config), *output, "--set", "shards=3"]) == 0
    again = Run(tmp_path / "out")
    assert again.folder != run.folder
    assert {n: compare(again, n, strategy, worlds) for n, strategy in made.items()} == counts


@pytest.mark.parametrize(
    ("alias", "said"),
    [
        ("{by: [phone]}", "strategies.one.alias.by: phone: is not in link_on"),
        ("{by: [c], within: 3}", "strategies.one.alias.within: 3: no length of time"),
        ("{by: [c], within: 00d}", "strategies.one.alias.within: 00d: no length of time"),
        ("{by: []}", "strategies.one.alias.by: is empty; name at least one"),
    ],
)
def test_wrong_aliases_are_errors(tmp_path: Path, alias: str, said: str) -> None:
    text = "version: 1\nsources: {w: {path: a.jsonl, identities: {c: c}}}\n"
    text += "identities: {c: {}, phone: {}}\n"
    one = "policy: idsync, login: [c], link_on: [c]"
    wrong = told(tmp_path, f"{text}strategies: {{one: {{{one}, alias: {alias}}}}}\n")
    assert any(said in line for line in wrong)
    one += ", preset: best_match"
    wrong = told(tmp_path, f"{text}strategies: {{one: {{{one}, alias: {{by: [c]}}}}}}\n")
    assert any("strategies.one.alias: preset best_match has no aliases" in of for of in wrong)
