"""The configuration: strict, with errors that name file, key, value and what is allowed."""

import copy
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from idweave.pipelines.settings import SettingsError, load, policy_keys
from idweave.pipelines.settings.json_schema import json_schema
from idweave.pipelines.settings.values import without_unset

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "configs").glob("*.yaml"))
SCHEMA = ROOT / "configs" / "idweave.schema.json"

GOOD: dict[str, Any] = {
    "version": 1,
    "sources": {
        "web": {
            "path": "in.csv",
            "identities": {
                "customer_id": "customer_id",
                "email": "email",
                "device_id": "device_id",
            },
        }
    },
    "identities": {"customer_id": {}, "email": {}, "device_id": {}, "loyalty_id": {}},
    "strategies": {
        "one": {"policy": "merge_all"},
        "sync": {"policy": "idsync", "preset": "default"},
    },
    "platforms": {"ads": {"strategy": "one", "identities": {"email": {"as": "em"}}}},
}


def changed(key: str, value: Any) -> dict[str, Any]:
    """GOOD with one key set."""
    body = copy.deepcopy(GOOD)
    inner = body
    *path, last = key.split("/")
    for name in path:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return body


def errors(folder: Path, body: Any, *overrides: str) -> list[str]:
    """Each line that tells of a wrong configuration, without its file's folder."""
    path = folder / "idweave.yaml"
    path.write_text(body if isinstance(body, str) else yaml.safe_dump(body, sort_keys=False))
    with pytest.raises(SettingsError) as caught:
        load(str(path), list(overrides))
    lines = str(caught.value).split("\n")
    assert all(line.startswith(str(path)) for line in lines)
    return [line.removeprefix(f"{folder}/") for line in lines]


def error(folder: Path, body: Any, *overrides: str) -> str:
    """What is wrong with a configuration that has one error, without file and line."""
    (line,) = errors(folder, body, *overrides)
    return re.sub(r"^idweave\.yaml(:[0-9]+)?: (--set (?!--))?", "", line)


def loads(folder: Path, body: Any, *overrides: str) -> Any:
    """The settings of a configuration that is right."""
    path = folder / "idweave.yaml"
    path.write_text(yaml.safe_dump(body, sort_keys=False))
    return load(str(path), list(overrides))


WRONG = {
    "top": (changed("sorces", {}), ["sorces", "unknown key", "sources"]),
    "source": (changed("sources/web/pth", "x"), ["sources.web.pth", "unknown key", "path"]),
    "identity type": (
        changed("identities/email/normalize", ["lower"]),
        ["identities.email.normalize", "unknown key", "normalise"],
    ),
    "strategy": (
        changed("strategies/one/linkon", ["email"]),
        ["strategies.one.linkon", "unknown key", "link_on"],
    ),
    "platform": (
        changed("platforms/ads/requires", ["email"]),
        ["platforms.ads.requires", "unknown key", "require"],
    ),
    "checks": (
        changed("checks/min_record", 1),
        ["checks.min_record", "unknown key", "min_records"],
    ),
    "key of another policy": (
        changed("strategies/one/unique", ["email"]),
        ["strategies.one.unique", "unknown key"],
    ),
    "version": (changed("version", 2), ["version", "2"]),
    "policy": (
        changed("strategies/one/policy", "merge_al"),
        ["strategies.one.policy", "merge_al", "merge_all"],
    ),
    "preset": (
        changed("strategies/sync/preset", "defualt"),
        ["strategies.sync", "defualt", "default"],
    ),
    "type without source": (
        changed("strategies/one/link_on", ["email", "loyalty_id"]),
        ["strategies.one.link_on", "loyalty_id"],
    ),
    "unknown type": (
        changed("strategies/one/link_on", ["emial"]),
        ["strategies.one.link_on", "emial", "email"],
    ),
    "platform of no strategy": (
        changed("platforms/ads/strategy", "two"),
        ["platforms.ads.strategy", "two"],
    ),
    "platform column of the table": (
        changed("platforms/ads/identities/email", {"as": "profile_id"}),
        ["platforms.ads", "profile_id"],
    ),
    "attribute column of the table": (
        changed("sources/web/attributes", {"profile_id": "x"}),
        ["sources.web.attributes", "profile_id"],
    ),
    "workspace in two scopes": (
        changed("scopes", {"a": ["default"], "b": ["default"]}),
        ["scopes", "default"],
    ),
    "constant workspace in no scope": (
        changed("scopes", {"a": ["shop"]}),
        ["sources.web.workspace", "default"],
    ),
    "unique not linked": (
        changed(
            "strategies/one",
            {"policy": "constrained_merge", "link_on": ["email"], "unique": ["customer_id"]},
        ),
        ["strategies.one.unique", "customer_id"],
    ),
    "immutable not unique": (
        changed("strategies/sync/unique", []),
        ["strategies.sync.immutable", "customer_id"],
    ),
    "login not linked": (
        changed(
            "strategies/sync",
            {"policy": "idsync", "link_on": ["email"], "login": ["customer_id"]},
        ),
        ["strategies.sync.login", "customer_id"],
    ),
    "direct among login": (
        changed("identities/customer_id/direct", True),
        ["strategies.sync.login", "customer_id"],
    ),
    "search without immutable": (
        changed(
            "strategies/sync",
            {"policy": "idsync", "preset": "best_match", "search_requires_immutable": True},
        ),
        ["strategies.sync.search_requires_immutable"],
    ),
    "order key": (
        changed("strategies/one", {"policy": "constrained_merge", "order": "newest_own"}),
        ["strategies.one.order", "newest_own", "newest_owner"],
    ),
    "name": (
        changed("strategies/Big", {"policy": "merge_all"}),
        ["strategies.Big"],
    ),
    "pattern": (changed("identities/email/pattern", "(?<=a)b"), ["identities.email.pattern"]),
    "normaliser": (
        changed("identities/email/normalise", ["lowr"]),
        ["identities.email.normalise", "lowr", "lower"],
    ),
    "region": (
        changed("identities/email/normalise", ["e164:XX"]),
        ["identities.email.normalise", "XX"],
    ),
    "encoding": (
        changed("platforms/ads/identities/email", {"as": "em", "encoding": "sha512"}),
        ["platforms.ads.identities.email.encoding", "sha512"],
    ),
    "negative limit": (changed("solve_limit", -1), ["solve_limit", "-1"]),
    "size": (changed("split_bytes", "128 parsecs"), ["split_bytes", "128 parsecs", "128MiB"]),
    "table": (changed("tables", ["assignment"]), ["tables", "assignment"]),
    "time": (changed("sources/web/time", {"constant": "yesterday"}), ["sources.web.time"]),
    "no strategy": (changed("strategies", {}), ["strategies"]),
    "value": (changed("shards", [8]), ["shards: [8]: no whole number"]),
    "null": (changed("shards", None), ["shards: null: no whole number"]),
    "flag": (changed("shards", True), ["shards: true: no whole number"]),
    "order": (
        changed("strategies/one", {"policy": "constrained_merge", "order": 5}),
        ["strategies.one.order: 5: no such preset; allowed: adobe"],
    ),
    "key in order": (
        changed("strategies/one", {"policy": "constrained_merge", "order": ["newst"]}),
        ["strategies.one.order[0]: newst: no such value; did you mean newest?"],
    ),
    "empty order": (
        changed("strategies/one", {"policy": "constrained_merge", "order": []}),
        ["strategies.one.order: is empty; name at least one"],
    ),
    "empty path": (
        changed("sources/web/path", []),
        ["sources.web.path: is empty; name at least one"],
    ),
    "name of a strategy": (
        changed("strategies/Bad-Name", {"policy": "merge_all"}),
        ["strategies.Bad-Name: no name; allowed: a to z"],
    ),
    "hub": (
        changed(
            "strategies/one",
            {
                "policy": "merge_all",
                "link_on": ["email"],
                "hubs": [{"type": "emial", "linked_type": "email", "more_than": 2}],
            },
        ),
        ["strategies.one.hubs[0].type: emial: is not in link_on; did you mean email?"],
    ),
    "a list": (["version", 1], ["keys at the top"]),
    "not YAML": ("version: [1\n", ["not YAML: expected ',' or ']'"]),
    "empty": ("", []),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_error_names_key_value_and_remedy(tmp_path: Path, name: str) -> None:
    body, said = WRONG[name]
    message = error(tmp_path, body)
    for word in said:
        assert word in message, message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml"):
        load(str(tmp_path / "nowhere.yaml"))


def test_aliases_that_explode_end_in_an_error_quickly(tmp_path: Path) -> None:
    levels = ["a0: &a0 [lol]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    began = time.monotonic()
    message = "\n".join(errors(tmp_path, "\n".join(levels)))
    assert time.monotonic() - began < 10
    assert len(message) < 4000


def test_deep_nesting_ends_in_an_error(tmp_path: Path) -> None:
    assert len(error(tmp_path, "version: " + "[" * 20_000 + "]" * 20_000)) < 1000


def test_an_override_sets_a_key(tmp_path: Path) -> None:
    settings = loads(
        tmp_path, GOOD, "sources.web.path=other.csv", "tables=[assignments]", "shards=3"
    )
    assert settings.sources["web"].path == (str(tmp_path / "other.csv"),)
    assert (settings.tables, settings.shards) == (("assignments",), 3)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("sources.wb.path=x", "sources.wb.path: no such source wb; did you mean web?"),
        ("strategies.on.policy=x", "no such strategy on; did you mean one?"),
        ("identities.emial.hashed=true", "no such identity type emial; did you mean email?"),
        ("platforms.adds.require=any", "no such platform adds; did you mean ads?"),
        ("shards=many", "shards: many: no whole number"),
        ("sources.web.time=[2026", "sources.web.time: [2026: not YAML; put it in quotes"),
    ],
)
def test_an_override_of_a_part_that_is_not_there_is_an_error(
    tmp_path: Path, override: str, said: str
) -> None:
    assert said in error(tmp_path, GOOD, override)


@pytest.mark.parametrize("override", ["shards", "shard=3", "sources.web.pth=x", "shards=many"])
def test_a_wrong_override_is_an_error(tmp_path: Path, override: str) -> None:
    assert override.split("=")[0].split(".")[-1] in error(tmp_path, GOOD, override)


@pytest.mark.parametrize("prune", [dict, without_unset])
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_resolved_configuration_loads_to_the_same(
    tmp_path: Path, path: Path, prune: Callable[[Any], Any]
) -> None:
    settings = load(str(path))
    again = loads(tmp_path, prune(settings.resolved()))
    assert again.resolved() == settings.resolved()
    assert again.digest() == settings.digest()


def test_a_resolved_configuration_has_what_presets_and_defaults_say(tmp_path: Path) -> None:
    body = changed("strategies/held", {"policy": "constrained_merge", "order": "adobe"})
    body["strategies"]["weak"] = {"policy": "demote_weakest", "max_values": {"email": 3}}
    body["identities"]["device_id"] = {"direct": True}
    strategies = loads(tmp_path, body).resolved()["strategies"]
    sync = {key: value for key, value in strategies["sync"].items() if key != "hubs"}
    assert without_unset(sync) == {
        "policy": "idsync",
        "link_on": ["customer_id", "email", "device_id"],
        "preset": "default",
        "login": ["customer_id"],
        "unique": ["customer_id", "device_id"],
        "immutable": ["customer_id"],
        "on_new_login": "add",
        "on_logout": "create",
        "search_requires_immutable": False,
    }
    assert strategies["held"]["order"] == ["newest_observation", "strength", "newest"]
    assert strategies["weak"]["max_values"] == {"customer_id": 1, "email": 3, "device_id": 5}


def test_a_changed_preset_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = loads(tmp_path, GOOD).digest()
    preset = policy_keys.read_preset("idsync", "default")
    other = preset | {"on_logout": "return_anonymous"}
    monkeypatch.setattr(policy_keys, "read_preset", lambda *_: other)
    assert loads(tmp_path, GOOD).digest() != before


def sync(link_on: list[str], **keys: Any) -> dict[str, Any]:
    """GOOD with other keys of idsync."""
    return changed("strategies/sync", {"policy": "idsync", "link_on": link_on, **keys})


@pytest.mark.parametrize(
    ("keys", "wants"),
    [
        ({}, "preset default logs in by customer_id"),
        ({"preset": "default"}, "preset default logs in by customer_id"),
        ({"preset": "profile_link"}, "preset profile_link logs in by customer_id or email"),
        ({"preset": "profile_conversion"}, "preset profile_conversion leaves it to you"),
    ],
)
def test_a_preset_none_of_whose_logins_is_linked_asks_for_login(
    tmp_path: Path, keys: dict[str, Any], wants: str
) -> None:
    message = error(tmp_path, sync(["device_id"], **keys))
    for word in ("strategies.sync.login: ", wants, "set login", "device_id"):
        assert word in message


def test_a_preset_keeps_those_of_its_types_that_are_linked(tmp_path: Path) -> None:
    body = sync(["customer_id", "device_id"], preset="profile_link")
    found = loads(tmp_path, body).resolved()["strategies"]["sync"]
    assert (found["login"], found["unique"]) == (["customer_id"], ["customer_id"])
    body = sync(["email", "device_id"], preset="default", login=["email"])
    found = loads(tmp_path, body).resolved()["strategies"]["sync"]
    assert (found["login"], found["unique"], found["immutable"]) == (["email"], [], [])
    body = sync(["device_id"], preset="default", login=[])
    assert loads(tmp_path, body).resolved()["strategies"]["sync"]["login"] == []
    body = sync(["device_id"], preset="best_match")
    assert loads(tmp_path, body).resolved()["strategies"]["sync"]["login"] == []


def test_the_schema_for_editors_is_up_to_date() -> None:
    assert json.loads(SCHEMA.read_text()) == json_schema(), (
        "run python -m idweave.pipelines.settings.json_schema > configs/idweave.schema.json"
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configurations_are_valid_under_the_schema(path: Path) -> None:
    # dates are texts to the schema, as they are in the file
    body = yaml.load(path.read_text(), yaml.BaseLoader)
    plain = yaml.safe_load(path.read_text())
    assert body.keys() == plain.keys()
    jsonschema.validate(json.loads(json.dumps(plain, default=str)), json_schema())


@pytest.mark.parametrize(
    "name",
    [
        "top",
        "source",
        "identity type",
        "strategy",
        "platform",
        "name of a strategy",
        "normaliser",
        "order key",
        "key in order",
    ],
)
def test_a_misspelt_key_is_not_valid_under_the_schema(name: str) -> None:
    jsonschema.validate(GOOD, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(WRONG[name][0], json_schema())
