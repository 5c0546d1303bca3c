"""Reads a configuration: YAML, overrides, strict checks; every error is one clear line."""

import datetime
import glob
import os
from collections.abc import Sequence
from typing import Any

import yaml

from idweave.pipelines.settings.checks import carried_types, check, check_inputs
from idweave.pipelines.settings.errors import SettingsError, Wrong, nearest, one_line
from idweave.pipelines.settings.model import Common, Inputs, Settings
from idweave.pipelines.settings.policy_keys import policy_rules
from idweave.pipelines.settings.validated import validated
from idweave.transforms.columnar.policies.registry import POLICIES
from idweave.transforms.exchange.store import is_local

_COMMON_KEYS = frozenset(Common.model_fields)
_LATER_KEYS = frozenset(Settings.model_fields) - frozenset(Inputs.model_fields)
_MOST_DIGITS = 300  # of a number; a longer one can be nothing but a text
_NAMED = {  # keys over named parts; a name that is not there is not made by --set
    "sources": "source",
    "identities": "identity type",
    "strategies": "strategy",
    "platforms": "platform",
}


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key that stands twice, or that is no text or number."""


def _int(loader: _Loader, node: yaml.ScalarNode) -> int | str:
    if len(node.value) > _MOST_DIGITS:
        return str(node.value)
    return loader.construct_yaml_int(node)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str | int | float | datetime.date | None):
            raise Wrong("a key", key, f"no key (line {line})", "allowed: texts")
        if key in seen:
            raise Wrong(str(key), None, f"stands twice (line {line})", "keep one")
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)


def load(path: str, overrides: Sequence[str] = ()) -> Settings:
    """Load a configuration.

    Args:
        path: of the YAML file; relative paths of sources are relative to its folder.
        overrides: `KEY=VALUE`, keys joined by dots, the value as YAML.

    Raises:
        SettingsError: one line that names file, key, value and what is allowed.
    """
    try:
        body = _read(path)
        for override in overrides:
            _override(body, override)
        return _settings(body, os.path.dirname(path))
    except Wrong as error:
        raise SettingsError(f"{one_line(path)}: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply; no setting has so many levels") from None


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            body = _parsed(file)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; name a YAML file") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8; save it as UTF-8") from None
    except (yaml.YAMLError, ValueError) as error:  # a date that is none is a ValueError
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = " ".join(str(getattr(error, "problem", error)).split())
        raise SettingsError(f"{path}: {where}not YAML: {problem}") from None
    if not isinstance(body, dict):
        raise SettingsError(f"{path}: not a configuration; allowed: YAML with keys at the top")
    return body


def _parsed(text: Any) -> Any:
    try:
        return yaml.load(text, _Loader)
    except (AttributeError, LookupError, TypeError):  # as YAML's own readers of tags end
        raise ValueError("a value that its tag doesn't allow") from None


def _override(body: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise Wrong("--set", override, "no value", "allowed: KEY=VALUE, as sources.web.path=x")
    try:
        value = _parsed(text)
    except (yaml.YAMLError, ValueError):  # a date that is none is a ValueError
        raise Wrong(f"--set {key}", text, "not YAML") from None
    *parents, last = key.split(".")
    if len(parents) > 1 and parents[0] in _NAMED:
        known, name = body.get(parents[0]), parents[1]
        if isinstance(known, dict) and name not in known:
            wrong = f"no such {_NAMED[parents[0]]} {name}"
            raise Wrong(f"--set {key}", None, wrong, nearest(name, known))
    inner = body
    for name in parents:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            raise Wrong(f"--set {key}", None, f"{name} has no keys")
    inner[last] = value


def _settings(body: dict[str, Any], folder: str) -> Settings:
    body = _tuples(body)
    first = {key: of for key, of in body.items() if key not in _LATER_KEYS}
    inputs = validated(Inputs, first, "", _LATER_KEYS)
    check_inputs(inputs)
    strategies = body.get("strategies")
    if isinstance(strategies, dict) and strategies:
        made = {name: _strategy(name, of, inputs) for name, of in strategies.items()}
        body = body | {"strategies": made}
    settings = validated(Settings, body, "")
    sources = {
        name: source.model_copy(
            update={
                "path": tuple(_join(folder, path) for path in source.path),
                "request": _request(source, body["sources"][name]),
            }
        )
        for name, source in settings.sources.items()
    }
    platforms = {
        name: platform.model_copy(
            update={
                "identities": {
                    kind: column.model_copy(
                        update={
                            "as_": column.as_ or kind.lower(),
                            "encoding": column.encoding
                            or ("sha256_base64" if column.normalise == "uid2" else "raw"),
                        }
                    )
                    for kind, column in platform.identities.items()
                }
            }
        )
        for name, platform in settings.platforms.items()
    }
    settings = settings.model_copy(update={"sources": sources, "platforms": platforms})
    check(settings)
    return settings


def _request(source: Any, given: dict[str, Any]) -> Any:
    """A CRM source's records are feeds unless it says otherwise."""
    request = given.get("request")
    says = isinstance(request, str) or (isinstance(request, dict) and "default" in request)
    if source.kind == "crm" and not says:
        return source.request.model_copy(update={"default": "feed"})
    return source.request


def _strategy(name: Any, given: Any, inputs: Inputs) -> Any:
    """Split a strategy into what all have and its policy's own keys, and make its rules."""
    key = f"strategies.{name}"
    if not isinstance(given, dict):
        shown = "null" if given is None else given
        raise Wrong(key, shown, "not a strategy", "allowed: keys, as {policy: merge_all}")
    if "policy" not in given:
        raise Wrong(f"{key}.policy", None, "is missing", nearest("", POLICIES))
    common = {k: v for k, v in given.items() if k in _COMMON_KEYS}
    of_all = validated(Common, common, key)
    types = list(inputs.identities)
    link_on = of_all.link_on or _carried(inputs)
    if len(set(link_on)) < len(link_on):
        raise Wrong(f"{key}.link_on", None, "a type stands twice", "name each once")
    for kind in link_on:
        if kind not in types:
            raise Wrong(f"{key}.link_on", kind, "no such identity type", nearest(kind, types))
    direct = [kind for kind, of in inputs.identities.items() if of.direct]
    own = {k: v for k, v in given.items() if k not in _COMMON_KEYS}
    policy = POLICIES[of_all.policy]
    rules, keys = policy_rules(policy, own, key, _COMMON_KEYS, link_on, direct)
    return common | {"link_on": link_on, "rules": rules, "keys": keys}


def _carried(inputs: Inputs) -> tuple[str, ...]:
    """The types that sources have, by priority: what links where `link_on` says nothing."""
    there = carried_types(inputs)
    return tuple(kind for kind in inputs.identities if kind in there)


def _tuples(value: Any, made: dict[int, Any] | None = None) -> Any:
    """Lists as tuples, all through: the strict model knows no lists.

    What YAML aliases share is made once, so a few lines can't grow without bound.
    """
    if not isinstance(value, dict | list):
        return value
    made = {} if made is None else made
    if id(value) not in made:
        if isinstance(value, dict):
            made[id(value)] = {key: _tuples(inner, made) for key, inner in value.items()}
        else:
            made[id(value)] = tuple(_tuples(inner, made) for inner in value)
    return made[id(value)]


def _join(folder: str, path: str) -> str:
    """A path from the configuration's folder; only what is written there can be a pattern."""
    if not is_local(path):
        return path
    return os.path.abspath(os.path.join(glob.escape(os.path.abspath(folder)), path))
