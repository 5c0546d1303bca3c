"""Reads a configuration: YAML, overrides, strict checks; all that is wrong is told at once."""

import glob
import os
from collections.abc import Sequence
from typing import Any

from idweave.pipelines.settings.check_inputs import check_inputs
from idweave.pipelines.settings.check_keys import validated
from idweave.pipelines.settings.checks import check
from idweave.pipelines.settings.document import Document
from idweave.pipelines.settings.errors import SettingsError, Wrong, one_line
from idweave.pipelines.settings.make_strategy import make_strategy, stand_in
from idweave.pipelines.settings.model import Inputs, Outputs, Platform, Settings, Strategies
from idweave.pipelines.settings.overrides import overridden
from idweave.pipelines.settings.platform_preset import with_preset
from idweave.pipelines.settings.privacy import Privacy
from idweave.pipelines.settings.problems import Problems
from idweave.pipelines.settings.source import Request, Source
from idweave.transforms.exchange.store import is_local


def load(path: str, overrides: Sequence[str] = ()) -> Settings:
    """Load a configuration.

    Args:
        path: of the YAML file; relative paths of sources are relative to its folder.
        overrides: `KEY=VALUE`, keys joined by dots, the value as YAML.

    Raises:
        SettingsError: a line for each error: file, line, key, value and what is allowed.
    """
    try:
        document = Document(_text(path), one_line(path))
        problems = Problems(path, document)
        body = document.body
        for override in overrides:
            try:
                body, key = overridden(body, override)
                problems.overridden.add(key)
            except Wrong as wrong:
                problems.tell([wrong])
        settings = _settings(body, os.path.dirname(path), problems)
        problems.raise_any()
    except RecursionError:
        wrong_levels = "nested too deeply; no setting has so many levels"
        raise SettingsError(f"{one_line(path)}: {wrong_levels}") from None
    if settings is None:
        raise AssertionError("no settings, and nothing wrong with them")
    settings.remember(problems.where)
    return settings


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise SettingsError(f"{one_line(path)}: {error.strerror}; name a YAML file") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{one_line(path)}: not UTF-8; save it as UTF-8") from None


def _settings(body: dict[str, Any], folder: str, problems: Problems) -> Settings | None:
    """The settings; None where something is so wrong that there are none."""
    later = frozenset((*Strategies.model_fields, *Outputs.model_fields))
    first = {key: of for key, of in body.items() if key not in later}
    inputs: Inputs | None = _told(problems, Inputs, first, later)
    strategies = _strategies(body, inputs, problems)
    later_body = {key: body[key] for key in Outputs.model_fields if key in body}
    outputs: Outputs | None = _told(problems, Outputs, _with_presets(later_body, inputs, problems))
    if inputs is None or strategies is None or outputs is None:
        return None
    parts = {**dict(inputs), **dict(strategies), **dict(outputs)}
    settings = _completed(Settings.model_construct(**parts), body, folder)
    problems.tell_later([*check_inputs(inputs), *check(settings)])
    return settings


def _with_presets(
    body: dict[str, Any], inputs: Inputs | None, problems: Problems
) -> dict[str, Any]:
    """What is said of outputs, with the presets of platforms."""
    given = body.get("platforms")
    if not isinstance(given, dict):
        return body
    platforms: dict[str, Any] = {}
    for name, of in given.items():
        try:
            platforms[name] = with_preset(f"platforms.{name}", of, inputs)
        except Wrong as wrong:
            problems.tell(wrong.all())
    return body | {"platforms": platforms}


def _told(problems: Problems, model: Any, body: Any, also: frozenset[str] = frozenset()) -> Any:
    """An object of a class of settings; what is wrong is told and left out, if that can be."""
    try:
        return validated(model, body, "", also)
    except Wrong as wrong:
        problems.tell(wrong.all())
        return wrong.rest


def _strategies(
    body: dict[str, Any], inputs: Inputs | None, problems: Problems
) -> Strategies | None:
    """All strategies; for those that are wrong something stands in."""
    given = body.get("strategies")
    made: dict[str, Any] = {}
    for name, of in given.items() if isinstance(given, dict) else ():
        try:
            made[name] = make_strategy(f"strategies.{name}", of, inputs) or stand_in()
        except Wrong as wrong:
            problems.tell(wrong.all())
            made[name] = stand_in()
    body = {key: made or given for key in body if key == "strategies"}
    strategies: Strategies | None = _told(problems, Strategies, body)
    return strategies


def _completed(settings: Settings, body: dict[str, Any], folder: str) -> Settings:
    """The settings with what depends on the file's folder, and on several keys."""
    sources = {
        name: source.model_copy(
            update={
                "path": tuple(_join(folder, path) for path in source.path),
                "request": _request(source, body["sources"][name]),
            }
        )
        for name, source in settings.sources.items()
    }
    platforms = {name: _platform(platform) for name, platform in settings.platforms.items()}
    changed: dict[str, Any] = {"sources": sources, "platforms": platforms}
    if settings.decisions is not None:
        changed["decisions"] = tuple(_join(folder, path) for path in settings.decisions)
    if settings.id_key is not None:
        changed["id_key"] = _secret(folder, settings.id_key)
    if settings.privacy is not None:
        changed["privacy"] = _privacy(folder, settings.privacy)
    return settings.model_copy(update=changed)


def _privacy(folder: str, privacy: Privacy) -> Privacy:
    exports = privacy.exports
    if exports is not None and is_local(exports):
        exports = os.path.abspath(os.path.join(folder, exports))
    update = {
        "requests": tuple(_join(folder, path) for path in privacy.requests),
        "key_": _secret(folder, privacy.key_),
        "exports": exports,
    }
    return privacy.model_copy(update=update)


def _secret(folder: str, where: str) -> str:
    """Where a key is; a file from the configuration's folder."""
    kind, _, path = where.partition(":")
    return where if kind == "env" else f"file:{os.path.join(os.path.abspath(folder), path)}"


def _platform(platform: Platform) -> Platform:
    """A platform whose columns have names and encodings."""
    identities = {
        kind: column.model_copy(
            update={
                "as_": column.as_ or kind.lower(),
                "encoding": column.encoding
                or ("sha256_base64" if column.normalise == "uid2" else "raw"),
            }
        )
        for kind, column in platform.identities.items()
    }
    return platform.model_copy(update={"identities": identities})


def _request(source: Source, given: dict[str, Any]) -> Request:
    """A CRM source's records are feeds unless it says otherwise."""
    request = given.get("request")
    says = isinstance(request, str) or (isinstance(request, dict) and "default" in request)
    if source.kind == "crm" and not says:
        return source.request.model_copy(update={"default": "feed"})
    return source.request


def _join(folder: str, path: str) -> str:
    """A path from the configuration's folder; only what is written there can be a pattern."""
    if not is_local(path):
        return path
    return os.path.abspath(os.path.join(glob.escape(os.path.abspath(folder)), path))
