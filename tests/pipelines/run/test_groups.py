"""Groups of a run, and of one built on it, against a plain reading of its other tables."""

import datetime
import hashlib
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import RunFolder, backfill, write_config

FIRST = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
KEY = "0123456789abcdef0123456789abcdef"
Group = tuple[str, str, frozenset[str]]  # id, scope, profiles


def write(folder: Path, seed: int) -> None:
    """Records of people in houses, some of which share devices."""
    dice = random.Random(seed)
    lines = []
    for number in range(300):
        person = dice.randrange(120)
        street = dice.choice([" Weg {}", "WEG {}\u00a0", "weg {}", "Straße {}", "STRASSE {}"])
        row = {
            "id": f"{seed}-{number}",
            "ts": (FIRST + datetime.timedelta(minutes=number)).isoformat(),
            "app": dice.choice(["web", "web", "shop"]),
            "customer": f"c{person}",
            "device": dice.choice([None, f"d{dice.randrange(400)}", f"D{dice.randrange(400)}"]),
            "address": dice.choice([None, street.format(person // 4)]),
            "dog": dice.choice([None, None, "true", "0", "perhaps"]),
            "spent": dice.choice([None, 1, -2, 2**62]),
            "plan": dice.choice([None, "b", "B", "ä"]),
        }
        lines.append(json.dumps(row) + "\n")
    (folder / f"{seed}.jsonl").write_text("".join(lines))


def configuration(folder: Path) -> dict[str, Any]:
    attributes = {name: name for name in ("address", "dog", "spent", "plan")}
    of_house = {"dog": "any_true", "spent": "sum", "plan": "most_frequent"}
    return {
        "scopes": {"online": ["web"], "shops": ["shop"]},
        "sources": {
            "web": {
                "path": str(folder / "*.jsonl"),
                "record_id": "id",
                "time": "ts",
                "workspace": {"column": "app"},
                "identities": {"customer": "customer", "device": "device"},
                "attributes": attributes,
            }
        },
        "identities": {"customer": {}, "device": {}},
        "attributes": {"spent": {"rule": "max", "type": "int64"}},
        "strategies": {
            "s": {"policy": "merge_all", "link_on": ["customer"]},
            "t": {"policy": "merge_all", "link_on": ["device"]},
        },
        "groups": {
            "house": {"strategy": "s", "by": "address", "max_size": 2, "attributes": of_house},
            "device": {
                "strategy": "s", "by": "device", "max_size": 3, "attributes": {"plan": "collect"}
            },
            "other": {"strategy": "t", "by": "device"},
        },
        "tables": ["identities", "profiles", "groups", "group_attributes"],
        "shards": 2, "split_rows": 150, "id_key": "env:GROUPS_KEY",
    }  # fmt: skip


def values_of(run: RunFolder, strategy: str, by: str) -> dict[str, tuple[str, set[str]]]:
    """Each profile's scope and values of `by`, trimmed and without case."""
    profiles = run.rows("profiles", strategy)
    found = {p["profile_id"]: (p["scope"], set()) for p in profiles}  # type: ignore[var-annotated]
    if by == "address":
        for profile in profiles:
            if profile["address"] is not None:
                found[profile["profile_id"]][1].add(profile["address"].strip().casefold())
        return found
    for row in run.rows("identities", strategy):
        if row["identity_type"] == by:
            found[row["profile_id"]][1].add(row["identity_value"].strip().casefold())
    return found


def expected(run: RunFolder, name: str, strategy: str, by: str, most: int) -> set[Group]:
    """The groups by the letter of SEMANTICS 11."""
    graph = nx.Graph()
    values = values_of(run, strategy, by)
    for profile, (scope, held) in values.items():
        graph.add_edges_from(((scope, value), profile) for value in held)
    found = set()
    for part in nx.connected_components(graph):
        scope, value = min(n for n in part if isinstance(n, tuple))
        profiles = frozenset(n for n in part if isinstance(n, str))
        message = f"group\0{scope}\0{name}\0{value}".encode()
        told = hashlib.blake2b(message, digest_size=16, key=KEY.encode()).hexdigest()
        if len(profiles) <= most:
            found.add((told, scope, profiles))
    return found


def written(run: RunFolder, name: str) -> set[Group]:
    members = defaultdict(set)
    for row in run.rows("groups", name):
        members[row["group_id"], row["scope"]].add(row["profile_id"])
    return {(*group, frozenset(profiles)) for group, profiles in members.items()}


def check(run: RunFolder) -> None:
    """Compare all groups of a run with what its other tables say."""
    for name, strategy, by, most in (
        ("house", "s", "address", 2),
        ("device", "s", "device", 3),
    ):
        groups = expected(run, name, strategy, by, most)
        assert len(groups) > 5
        assert written(run, name) == groups
        counts = run.manifest["strategies"][strategy]["groups"][name]
        holders = [held for _, held in values_of(run, strategy, by).values() if held]
        assert counts["groups"] == len(groups)
        assert counts["profiles"] + counts["profiles_in_too_large"] == len(holders)
        assert counts["too_large"] > 0


def check_attributes(run: RunFolder) -> None:
    """Compare attributes of houses with those of the profiles in them."""
    profiles = {row["profile_id"]: row for row in run.rows("profiles", "s")}
    members = {group: of for group, _, of in written(run, "house")}
    rows = run.rows("group_attributes", "house")
    assert {row["group_id"]: row["profile_count"] for row in rows} == {
        group: len(of) for group, of in members.items()
    }
    for row in rows:
        of = [profiles[profile] for profile in members[row["group_id"]]]
        dogs = [p["dog"] == "true" for p in of if p["dog"] in ("true", "0")]
        spent = [p["spent"] for p in of if p["spent"] is not None]
        plans = [p["plan"] for p in of if p["plan"] is not None]
        first = sorted(set(plans), key=lambda p: (-plans.count(p), p.encode()))
        assert row["dog"] == (any(dogs) if dogs else None)
        assert row["spent"] == (sum(spent) if spent and sum(spent) < 2**63 else None)
        assert row["plan"] == (first[0] if plans else None)


def test_groups_are_those_of_the_tables_in_a_run_and_in_one_built_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUPS_KEY", KEY)
    write(tmp_path, 1)
    first = backfill(tmp_path, configuration(tmp_path))
    check(first)
    check_attributes(first)
    houses = first.manifest["strategies"]["s"]["groups"]["house"]
    assert min(houses["values_not_castable"], houses["sums_too_large"]) > 0
    told = f"groups house: {houses['groups']} groups of {houses['profiles']} profiles; "
    assert told in capsys.readouterr().err
    assert first.rows("group_attributes", "other")
    check_profile(tmp_path, first, capsys)
    write(tmp_path, 2)
    few = configuration(tmp_path) | {"tables": ["groups", "profiles", "identities"]}
    arguments = ["--output", str(tmp_path / "out"), "--strategy", "s", "--run-id", "few"]
    assert main(["refresh", str(write_config(tmp_path, few)), *arguments]) == 0
    second = RunFolder(tmp_path / "out" / "runs" / "run_id=few")
    check(second)
    folders = {table["folder"] for table in second.manifest["tables"]}
    assert {f for f in folders if f.startswith("group")} == {"groups/house", "groups/device"}


def check_profile(folder: Path, run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare what `profile` says with the tables."""
    row = run.rows("groups", "house")[0]
    asked = ["--strategy", "s", "--json", f"id:{row['profile_id']}"]
    assert main(["profile", str(folder / "out"), *asked]) == 0
    (profile,) = json.loads(capsys.readouterr().out)["profiles"]
    (of,) = (g for g in run.rows("group_attributes", "house") if g["group_id"] == row["group_id"])
    assert profile["groups"]["house"] == {key: of[key] for key in of if key != "scope"}
