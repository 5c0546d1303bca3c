"""The configuration: strict, with errors that name file, key, value and what is allowed."""

import copy
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from idweave.pipelines.settings import SettingsError, load

ROOT = Path(__file__).parents[3]

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
