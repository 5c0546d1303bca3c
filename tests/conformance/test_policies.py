"""The products' own documented examples, all in one run of the real pipeline."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.sharing import share
from tests.pipelines.running import Run, backfill

FILE = Path(__file__).parent / "policies.yaml"
CASES: dict[str, dict[str, Any]] = {
    case["id"].replace("-", "_"): case for case in yaml.safe_load(FILE.read_text())["cases"]
}
Identity = tuple[str, str]


def identity(text: str) -> Identity:
    """TYPE:VALUE, split at the first colon."""
    kind, _, value = text.partition(":")
    return kind, value


def records(case: dict[str, Any]) -> list[tuple[int, list[Identity]]]:
    """The records of a case, by their number."""
    if "events" in case:
        return [(e["n"], [identity(text) for text in e["ids"]]) for e in case["events"]]
    columns = case["row_columns"]
    rows = [dict(zip(columns, row, strict=True)) for row in case["rows"]]
    keys = case["config"]["merge_by_keys"]
    return [
        (n, [(key, row[key]) for key in keys if row[key]]) for n, row in enumerate(rows, start=1)
    ]


def link_on(case: dict[str, Any]) -> list[str]:
    """The case's types by priority; those that it does not rank come in the order seen."""
    config = case["config"]
    ranked = config.get("priority", {})
    types = sorted(ranked, key=ranked.__getitem__) + list(config.get("unique", []))
    carried = [kind for _, ids in records(case) for kind, _ in ids]
    return [kind for kind in dict.fromkeys(types + carried) if kind in carried]


def strategy(case: dict[str, Any]) -> dict[str, Any]:
    """The case's strategy."""
    config = case["config"]
    body: dict[str, Any] = {"policy": config["policy"], "link_on": (types := link_on(case))}
    if "unique" in config:
        body["unique"] = [kind for kind in config["unique"] if kind in types]
    if "limits" in config:
        body["max_values"] = {kind: n for kind, (n, _) in config["limits"].items() if kind in types}
    for key in ("order", "attribution"):
        if key in config:
            body[key] = config[key]
    return body


NAMES, STRATEGIES = share({name: strategy(case) for name, case in CASES.items()})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All cases, each in a scope of its own."""
    folder = tmp_path_factory.mktemp("policies")
    lines = []
    for name, case in CASES.items():
        for n, ids in records(case):
            row: dict[str, Any] = {"id": f"{name}-{n:03d}", "n": n, "case": name}
            for kind, value in ids:
                row.setdefault(kind, []).append(value)
            lines.append(json.dumps(row) + "\n")
    (folder / "in.jsonl").write_text("".join(lines))
    types = list(dict.fromkeys(kind for case in CASES.values() for kind in link_on(case)))
    source = {
        "path": "in.jsonl",
        "record_id": "id",
        "time": {"column": "n", "unit": "s"},
        "workspace": {"column": "case"},
        "identities": {kind: kind for kind in types},
    }
    body = {
        "scopes": {name: [name] for name in CASES},
        "sources": {"case": source},
        "identities": {kind: {} for kind in types},
        "strategies": STRATEGIES,
        "shards": 1,
    }
    return backfill(folder, body)


class Found:
    """What a run made of one case."""

    def __init__(self, run: Run, name: str) -> None:
        rows, identities, linkages = (
            [row for row in run.rows(table, NAMES[name]) if row["scope"] == name]
            for table in ("assignments", "identities", "linkages")
        )
        number = {row["record_id"]: int(row["record_id"].rsplit("-", 1)[1]) for row in rows}
        self.profile_of = {number[row["record_id"]]: row["profile_id"] for row in rows}
        self.reason_of = {number[row["record_id"]]: row["reason"] for row in rows}
        self.held: dict[str, set[Identity]] = {}
        for row in identities:
            held = self.held.setdefault(row["profile_id"], set())
            held.add((row["identity_type"], row["identity_value"]))
        self.links: dict[frozenset[Identity], str] = {}
        for row in linkages:
            left = row["left_type"], row["left_value"]
            right = row["right_type"], row["right_value"]
            self.links[frozenset((left, right))] = row["status"]
        self.drops = {
            (number[row["record_id"]], (row["identity_type"], row["identity_value"]), row["rule"])
            for row in run.rows("drops", NAMES[name])
            if row["record_id"] in number
        }

    def groups(self) -> set[frozenset[Identity]]:
        """Profiles as sets of identities; a lone identity says nothing."""
        return {frozenset(held) for held in self.held.values() if len(held) > 1}


def links(texts: list[list[str]]) -> set[frozenset[Identity]]:
    """Links as pairs of identities, or groups of them."""
    return {frozenset(identity(text) for text in pair) for pair in texts}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_documented_case_comes_out_as_its_source_says(name: str, run: Run) -> None:
    case, found = CASES[name], Found(run, name)
    for kind, expected in case["expect"].items():
        CHECKS[kind](found, expected)
    for kind, expected in case.get("stated_checks", {}).items():
        (some_removed_links if kind == "removed_links" else CHECKS[kind])(found, expected)


def graphs(found: Found, expected: list[list[str]]) -> None:
    assert {group for group in links(expected) if len(group) > 1} == found.groups()


def removed_links(found: Found, expected: list[list[str]]) -> None:
    dropped = {pair for pair, status in found.links.items() if status == "dropped"}
    assert dropped == links(expected)


def some_removed_links(found: Found, expected: list[list[str]]) -> None:
    for pair in links(expected):
        assert found.links[pair] == "dropped"


def kept_links(found: Found, expected: list[list[str]]) -> None:
    for pair in links(expected):
        assert found.links[pair] == "kept"


def must_be_apart(found: Found, expected: list[list[str]]) -> None:
    for texts in expected:
        both = {identity(text) for text in texts}
        assert not any(both <= held for held in found.held.values())


def not_in_any_graph(found: Found, expected: list[str]) -> None:
    for text in expected:
        assert not any(identity(text) in group for group in found.groups())


def rejected(found: Found, expected: list[int]) -> None:
    for n in expected:
        assert found.reason_of[n] == "two_values_of_unique_type"


def owners(found: Found, expected: dict[int, str]) -> None:
    for n, text in expected.items():
        profile = found.profile_of[n]
        assert any(
            value == text or f"{kind}:{value}" == text for kind, value in found.held[profile]
        )


def profiles(found: Found, expected: list[list[str]] | dict[str, list[str]]) -> None:
    groups = expected.values() if isinstance(expected, dict) else expected
    wanted = sorted(sorted(identity(text) for text in group) for group in groups)
    assert sorted(sorted(held) for held in found.held.values()) == wanted


def demoted(found: Found, expected: list[dict[str, Any]]) -> None:
    wanted = {(drop["n"], identity(drop["id"]), "demoted") for drop in expected}
    assert found.drops == wanted


def same_profiles(found: Found, expected: dict[int, str]) -> None:
    for n, label in expected.items():
        for other, its_label in expected.items():
            assert (found.profile_of[n] == found.profile_of[other]) == (label == its_label)


def profile_count(found: Found, expected: int) -> None:
    assert len(found.held) == expected


def identifier_count(found: Found, expected: int) -> None:
    assert len(set().union(*found.held.values())) == expected


def leader(found: Found, expected: str) -> None:
    (held,) = found.held.values()
    assert min(held) == identity(expected)


def persons(found: Found, expected: list[list[int]]) -> None:
    groups: dict[str, list[int]] = {}
    for n, profile in found.profile_of.items():
        groups.setdefault(profile, []).append(n)
    assert sorted(sorted(group) for group in groups.values()) == sorted(expected)


def profile_of_d1(found: Found, expected: list[str]) -> None:
    (held,) = [held for held in found.held.values() if ("device", "d1") in held]
    assert held == {identity(text) for text in expected}


def ignored(found: Found, expected: list[dict[str, Any]]) -> None:
    for drop in expected:
        value = identity(drop["id"])
        assert any(status == "dropped" and value in pair for pair, status in found.links.items())


CHECKS = {
    "graphs": graphs,
    "removed_links": removed_links,
    "kept_links": kept_links,
    "must_be_apart": must_be_apart,
    "not_in_any_graph": not_in_any_graph,
    "rejected": rejected,
    "event_owner_at_end": owners,
    "stitched": owners,
    "profiles": profiles,
    "demoted": demoted,
    "event_profile": same_profiles,
    "event_profile_at_arrival": same_profiles,
    "profile_count": profile_count,
    "identifier_count": identifier_count,
    "leader": leader,
    "persons": persons,
    "profile_of_d1": profile_of_d1,
    "ignored": ignored,
}
