"""Checks of the configuration that look at several keys at once."""

import difflib
import itertools

import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import SUPPORTED_REGIONS

from idweave.pipelines.settings.errors import Wrong, nearest
from idweave.pipelines.settings.model import NORMALISERS, Inputs, Platform, Settings
from idweave.transforms.columnar.identities.text_steps import STEP_NAMES
from idweave.transforms.tables.profiles import TABLE as PROFILES

_MISSPELT = 0.75  # so like another name (difflib's ratio) that it is no type of its own


def check_inputs(inputs: Inputs) -> None:
    """Find what is wrong with sources and identity types. Raises Wrong for the first."""
    _check_sources(inputs)
    _check_identities(inputs)


def check(settings: Settings) -> None:
    """Find what is wrong between the other keys. Raises Wrong for the first."""
    _check_scopes(settings)
    _check_workspaces(settings)
    _check_strategies(settings)
    for name, platform in settings.platforms.items():
        _check_platform(f"platforms.{name}", platform, settings)


def _check_scopes(settings: Settings) -> None:
    places = [("scopes", settings.scopes)]
    places += [(f"strategies.{n}.scopes", s.scopes) for n, s in settings.strategies.items()]
    for key, scopes in places:
        where: dict[str, str] = {}
        for scope, workspaces in (scopes or {}).items():
            for workspace in workspaces:
                if workspace in where:
                    wrong = f"workspace is in scope {where[workspace]}, too"
                    raise Wrong(f"{key}.{scope}", workspace, wrong, "a workspace is in one scope")
                where[workspace] = scope


def _check_sources(settings: Inputs) -> None:
    for name, source in settings.sources.items():
        key = f"sources.{name}"
        for kind in source.identities:
            if kind not in settings.identities:
                near = nearest(kind, settings.identities)
                raise Wrong(f"{key}.identities.{kind}", None, "no such identity type", near)
        for attribute in source.attributes:
            if attribute in PROFILES.columns.names:
                wrong = "a column of the table `profiles` has this name"
                raise Wrong(f"{key}.attributes.{attribute}", None, wrong, "choose another name")


def _check_workspaces(settings: Settings) -> None:
    for name, source in settings.sources.items():
        constant = source.workspace.constant
        if source.workspace.column is None and not _has_scope(settings, constant):
            known = set(
                itertools.chain(*(of for in_ in _all_scopes(settings) for of in in_.values()))
            )
            where = f"sources.{name}.workspace"
            raise Wrong(where, constant, "is in no scope", nearest(constant, known))


def _all_scopes(settings: Settings) -> list[dict[str, tuple[str, ...]]]:
    """The common scopes, and those of every strategy."""
    places = (settings.scopes, *(s.scopes for s in settings.strategies.values()))
    return [scopes for scopes in places if scopes is not None]


def _has_scope(settings: Settings, workspace: str) -> bool:
    """Whether the common scopes, or those of any strategy, have the workspace."""
    if any(workspace in of for scopes in _all_scopes(settings) for of in scopes.values()):
        return True
    return settings.scopes is None and any(s.scopes is None for s in settings.strategies.values())


def _check_identities(settings: Inputs) -> None:
    for name, kind in settings.identities.items():
        key = f"identities.{name}"
        for step in kind.normalise:
            if step.startswith("e164:"):
                region = step.removeprefix("e164:")
                if region not in SUPPORTED_REGIONS:
                    raise Wrong(f"{key}.normalise", step, "no such region", "as in e164:US")
            elif step not in NORMALISERS:
                known = nearest(step, STEP_NAMES)
                raise Wrong(f"{key}.normalise", step, "no such normaliser", known)
        if kind.pattern is not None:
            _check_pattern(f"{key}.pattern", kind.pattern)
        for place, pattern in enumerate(kind.blocked_patterns):
            _check_pattern(f"{key}.blocked_patterns[{place}]", pattern)


def _check_pattern(key: str, pattern: str) -> None:
    try:
        pc.match_substring_regex(pa.array([""]), rf"\A(?:{pattern})\z")
    except pa.ArrowInvalid:
        raise Wrong(key, pattern, "no pattern of RE2") from None


def carried_types(inputs: Inputs) -> set[str]:
    """The types that sources have."""
    if any(source.changes for source in inputs.sources.values()):
        return set(inputs.identities)  # a change may bring any type
    return set(itertools.chain(*(s.identities for s in inputs.sources.values())))


def empty_columns(settings: Settings) -> list[str]:
    """The keys of types that a platform accepts and no source has: their columns stay empty."""
    carried = carried_types(settings)
    return [
        f"platforms.{name}.identities.{kind}"
        for name, platform in settings.platforms.items()
        for kind in platform.identities
        if kind not in carried
    ]


def _check_strategies(settings: Settings) -> None:
    carried = carried_types(settings)
    for name, strategy in settings.strategies.items():
        for kind in strategy.link_on:
            if kind not in carried:
                raise Wrong(f"strategies.{name}.link_on", kind, "no source has this type")
        for source in strategy.sources or ():
            if source not in settings.sources:
                known = nearest(source, settings.sources)
                raise Wrong(f"strategies.{name}.sources", source, "no such source", known)
        for place, hub in enumerate(strategy.hubs):
            for key, kind in (("type", hub.type), ("linked_type", hub.linked_type)):
                if kind not in strategy.link_on:
                    known = nearest(kind, strategy.link_on)
                    raise Wrong(
                        f"strategies.{name}.hubs[{place}].{key}", kind, "is not in link_on", known
                    )


def _check_platform(key: str, platform: Platform, settings: Settings) -> None:
    if platform.strategy not in settings.strategies:
        known = nearest(platform.strategy, settings.strategies)
        raise Wrong(f"{key}.strategy", platform.strategy, "no such strategy", known)
    for kind in platform.identities:
        types = list(settings.identities)
        if kind not in types and difflib.get_close_matches(kind, types, 1, _MISSPELT):
            near = nearest(kind, types)
            raise Wrong(f"{key}.identities.{kind}", None, "no such identity type", near)
    for kind in platform.require or ():
        if kind != "any" and kind not in platform.identities:
            known = nearest(kind, [*platform.identities, "any"])
            raise Wrong(f"{key}.require", kind, "is not accepted by this platform", known)
    attributes = set(itertools.chain(*(s.attributes for s in settings.sources.values())))
    columns = ["profile_id"]
    for kind, column in platform.identities.items():
        if column.region is not None and column.region not in SUPPORTED_REGIONS:
            where = f"{key}.identities.{kind}.region"
            raise Wrong(where, column.region, "no such region", "allowed: as US, DE")
        columns.append(str(column.as_))
    for attribute in platform.attributes:
        if attribute.name not in attributes:
            known = nearest(attribute.name, attributes)
            raise Wrong(f"{key}.attributes", attribute.name, "no such attribute", known)
        columns.append(attribute.name)
    for name in columns:
        if columns.count(name) > 1:
            raise Wrong(key, name, "two columns have this name", "set `as` to another one")
