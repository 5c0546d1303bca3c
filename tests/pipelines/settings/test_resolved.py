"""What a resolved configuration has, overrides, presets and the schema for editors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from idweave.pipelines.settings import load, policy_keys
from idweave.pipelines.settings.json_schema import json_schema
from idweave.pipelines.settings.values import without_unset
from tests.pipelines.settings.test_settings import GOOD, ROOT, WRONG, changed, error, loads

SHIPPED = sorted((ROOT / "configs").glob("*.yaml"))


SCHEMA = ROOT / "configs" / "idweave.schema.json"
VALIDATOR = Draft202012Validator(json_schema())


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
    VALIDATOR.validate(json.loads(json.dumps(plain, default=str)))


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
    VALIDATOR.validate(GOOD)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(WRONG[name][0])
