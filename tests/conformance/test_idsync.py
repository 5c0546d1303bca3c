"""mParticle's documented IDSync examples, all steps of all cases in one run of the real pipeline.

What profiles hold after a step is seen by running every prefix of a case in a scope of its own.
Each strategy reads all scopes; a case is looked up in the one that has its switches.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from idweave.pipelines.settings import SettingsError, load
from tests.conformance.sharing import in_one_order, share
from tests.pipelines.running import Run, backfill, write_config

FILE = Path(__file__).parent / "idsync.yaml"
PRESETS = ("default", "profile_conversion", "profile_link", "profile_isolation", "best_match")
ALL = {case["id"]: case for case in yaml.safe_load(FILE.read_text())["cases"]}
CASES = {
    f"{name}_{preset}".replace("-", "_"): (case, preset)
    for name, case in ALL.items()
    if "steps" in case
    for preset in (PRESETS if case["config"]["strategy"] == "any" else [case["config"]["strategy"]])
}
Row = dict[str, Any]


def named(case: dict[str, Any]) -> set[str]:
    """Initial profiles that a request of the case names directly: they have a key of their own."""
    asked = {step["request"].get("mpid") for step in case["steps"]}
    return asked & set(case.get("initial", {}))


def last_known(case: dict[str, Any], label: str, number: int) -> dict[str, str]:
    """What a profile holds before a step: the request that made it, or the last `after`."""
    held: dict[str, str] = {}
    for step in case["steps"][:number]:
        if step["expect"].get("created") and step["expect"]["returned"] == label:
            held = dict(step["request"]["identities"])
        if label in step.get("after", {}):
            held = {kind: values[0] for kind, values in step["after"][label].items()}
    return held


def types_of(case: dict[str, Any]) -> list[str]:
    """The case's identity types by priority, the profile key first if it is used."""
    types = list(case["config"].get("identity_priority", ["customer_id", "email"]))
    for held in case.get("initial", {}).values():
        types += held
    for step in case["steps"]:
        types += step["request"].get("identities", {})
        types += [change["identity_type"] for change in step["request"].get("changes", [])]
    return ["mpid"] * bool(named(case)) + list(dict.fromkeys(types))


TYPES = in_one_order([types_of(case) for case, _ in CASES.values()])


def strategy(case: dict[str, Any], preset: str) -> dict[str, Any]:
    """The case's switches; a list that it doesn't name is empty under `any`."""
    config = case["config"]
    body: dict[str, Any] = {"policy": "idsync", "preset": preset, "link_on": TYPES}
    is_any = config["strategy"] == "any"
    for key in ("login", "unique", "immutable"):
        if f"{key}_ids" in config or is_any:
            body[key] = list(config.get(f"{key}_ids", []))
    for key in ("login", "unique"):
        body[key] = (
            sorted({*body.get(key, []), *body.get("immutable", [])}) if key in body else None
        )
    return {key: value for key, value in body.items() if value is not None}


def initial(case: dict[str, Any]) -> list[Row]:
    """Records that make the profiles there are before step 1: one found by itself, then filled."""
    rows: list[Row] = []
    profiles = case.get("initial", {})
    for label, held in profiles.items():
        own = [(kind, value) for kind, values in held.items() for value in values]
        others = [
            (kind, value)
            for other, of in profiles.items()
            if other != label
            for kind, values in of.items()
            for value in values
        ]
        seed = ("mpid", label) if label in named(case) else [i for i in own if i not in others][-1]
        rows.append({"request": "identify", "label": label, seed[0]: seed[1]})
        changes = [
            {"type": kind, "old": None, "new": value}
            for kind, value in own
            if (kind, value) != seed
        ]
        if changes:
            rows.append({"request": "modify", seed[0]: seed[1], "changes": changes})
    return rows


def steps(case: dict[str, Any]) -> list[Row]:
    """The records of the case's steps."""
    rows = []
    for number, step in enumerate(case["steps"]):
        request = step["request"]
        row: Row = {"request": request["type"], **request.get("identities", {})}
        label = request.get("mpid")
        if label in named(case):
            row["mpid"] = label
        elif label is not None:
            row |= last_known(case, label, number)
        row["changes"] = [
            {"type": c["identity_type"], "old": c["old_value"], "new": c["new_value"]}
            for c in request.get("changes", [])
        ]
        rows.append(row)
    return rows


def updates_only(case: dict[str, Any]) -> bool:
    """Whether the steps come from a source that may not create."""
    return case["config"].get("input_protection_level") == "only_update_profiles"


NAMES, STRATEGIES = share({name: strategy(case, preset) for name, (case, preset) in CASES.items()})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All prefixes of all cases."""
    folder = tmp_path_factory.mktemp("idsync")
    files: dict[str, list[str]] = {"creates": [], "updates": []}
    scopes = []
    for case in {case["id"]: case for case, _ in CASES.values()}.values():
        for prefix in range(1, len(case["steps"]) + 1):
            scopes.append(scope_of(case, prefix))
            before = initial(case)
            for place, row in enumerate(before + steps(case)[:prefix]):
                step = place - len(before) + 1
                record = row | {
                    "id": f"{scopes[-1]}-{step if step > 0 else row.get('label', f'fill{place}')}",
                    "n": place,
                    "scope": scopes[-1],
                }
                source = "updates" if step > 0 and updates_only(case) else "creates"
                files[source].append(json.dumps(record) + "\n")
    for source, lines in files.items():
        (folder / f"{source}.jsonl").write_text("".join(lines))
    common = {
        "record_id": "id",
        "time": {"column": "n", "unit": "s"},
        "workspace": {"column": "scope"},
        "request": {"column": "request"},
        "identities": {kind: kind for kind in TYPES},
        "changes": "changes",
    }
    body = {
        "scopes": {scope: [scope] for scope in scopes},
        "sources": {
            "creates": common | {"path": "creates.jsonl"},
            "updates": common | {"path": "updates.jsonl", "create": False},
        },
        "identities": {kind: {"direct": kind == "mpid"} for kind in TYPES},
        "strategies": STRATEGIES,
        "tables": ["assignments", "identities", "profiles"],
        "shards": 1,
    }
    return backfill(folder, body)


def scope_of(case: dict[str, Any], prefix: int) -> str:
    """The scope of the first steps of a case."""
    return f"{case['id']}_{prefix}".replace("-", "_")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_documented_case_comes_out_as_its_source_says(name: str, run: Run) -> None:
    (case, _), of = CASES[name], NAMES[name]
    assigned = {row["record_id"]: row["profile_id"] for row in run.rows("assignments", of)}
    profiles = {(row["scope"], row["profile_id"]): row for row in run.rows("profiles", of)}
    held: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in run.rows("identities", of):
        if row["identity_type"] != "mpid":
            values = held.setdefault((row["scope"], row["profile_id"]), {})
            values.setdefault(row["identity_type"], []).append(row["identity_value"])
    for number, step in enumerate(case["steps"], start=1):
        scope = scope_of(case, number)
        labels = {label: assigned[f"{scope}-{label}"] for label in case.get("initial", {})}
        for place in range(1, number + 1):
            expect = case["steps"][place - 1]["expect"]
            got, label = assigned[f"{scope}-{place}"], expect["returned"]
            if label == "none":
                assert got is None
            elif label in labels:
                assert got == labels[label]
                assert not expect.get("created")
            else:
                assert got not in {*labels.values(), None}
                labels[label] = got
        check_step(step["expect"], labels, scope, profiles)
        for label, identities in step.get("after", {}).items():
            found = held.get((scope, labels[label]), {})
            assert {k: sorted(v) for k, v in found.items()} == {
                kind: sorted(values) for kind, values in identities.items()
            }


def check_step(
    expect: dict[str, Any], labels: dict[str, str], scope: str, profiles: dict[Any, Row]
) -> None:
    """What a step says of profiles besides what they hold."""
    if "known" in expect:
        assert profiles[scope, labels[expect["returned"]]]["known"] == expect["known"]
    for label in expect.get("orphaned", []):
        assert profiles[scope, labels[label]]["orphaned"]
    if expect.get("source_profile"):
        row = profiles[scope, labels[expect["returned"]]]
        assert row["linked_from"] == labels[expect["source_profile"]]


def test_an_immutable_type_that_cannot_log_in_is_a_configuration_error(tmp_path: Path) -> None:
    config = ALL["immutable-config-check"]["config"]
    body = {
        "sources": {"s": {"path": "x.csv", "identities": {"email": "email"}}},
        "identities": {"email": {}},
        "strategies": {
            "s": {
                "policy": "idsync",
                "login": config["login_ids"],
                "unique": config["unique_ids"],
                "immutable": config["immutable_ids"],
            }
        },
    }
    with pytest.raises(SettingsError, match="immutable: email: must be login and unique, too"):
        load(str(write_config(tmp_path, body)))
