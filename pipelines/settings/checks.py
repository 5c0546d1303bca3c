"""Checks of scopes, strategies and platforms that look at several keys at once."""

import difflib
import itertools
import re
from collections.abc import Iterator

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.check_attributes import all_attributes, check_attributes
from idweave.pipelines.settings.check_conditions import check_conditions
from idweave.pipelines.settings.check_groups import check_groups
from idweave.pipelines.settings.check_inputs import FOLDER_COLUMNS, carried_types
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.kinds import NAME
from idweave.pipelines.settings.model import Platform, Settings, Strategy
from idweave.pipelines.settings.privacy import check_privacy
from idweave.transforms.columnar.identities.normalise_phone import is_region

_MISSPELT = 0.75  # so like another name (difflib's ratio) that it is no type of its own


def check(settings: Settings) -> Iterator[Wrong]:
    """What is wrong between the keys of a configuration whose inputs are right."""
    yield from _check_scopes(settings)
    yield from _check_workspaces(settings)
    for name, strategy in settings.strategies.items():
        yield from _check_strategy(f"strategies.{name}", strategy, settings)
    yield from check_attributes(settings)
    yield from check_conditions(settings)
    yield from check_groups(settings)
    for name, platform in settings.platforms.items():
        yield from _check_platform(f"platforms.{name}", platform, settings)
    yield from _check_changes(settings)
    yield from check_privacy(settings)


def _check_changes(settings: Settings) -> Iterator[Wrong]:
    """Records can be compared with the base's if ids tell them apart."""
    keeping = [name for name, source in settings.sources.items() if source.duplicates == "keep"]
    asked = settings.changes or ()
    if "assignments" in asked and keeping:
        wrong = f"sources.{keeping[0]}.duplicates is keep: record ids may repeat"
        yield Wrong("changes", "assignments", wrong, "leave it out, or set duplicates: drop")
    for table in asked:
        if table not in settings.tables:
            yield Wrong("changes", table, "is not in tables", nearest(table, settings.tables))
    compared = settings.tables if settings.changes is None else asked
    if settings.checks.max_moved_records_share is not None:
        if "assignments" not in compared or keeping:
            wrong = "nothing compares records: it needs the changes of assignments"
            where = "checks.max_moved_records_share"
            limit = str(settings.checks.max_moved_records_share)
            yield Wrong(where, limit, wrong, "add assignments to tables and changes, and let no "
                        "source say duplicates: keep")  # fmt: skip


def empty_columns(settings: Settings) -> list[str]:
    """The keys of types that a platform accepts and no source has: their columns stay empty."""
    carried = carried_types(settings)
    return [
        f"platforms.{name}.identities.{kind}"
        for name, platform in settings.platforms.items()
        for kind in platform.identities
        if kind not in carried
    ]


def _check_scopes(settings: Settings) -> Iterator[Wrong]:
    places = [("scopes", settings.scopes)]
    places += [(f"strategies.{n}.scopes", s.scopes) for n, s in settings.strategies.items()]
    for key, scopes in places:
        where: dict[str, str] = {}
        for scope, workspaces in (scopes or {}).items():
            for place, workspace in enumerate(workspaces):
                if workspace in where:
                    wrong = f"workspace is in scope {where[workspace]}, too"
                    remedy = "a workspace is in one scope"
                    yield Wrong(f"{key}.{scope}", workspace, wrong, remedy, item=place)
                where[workspace] = scope


def _check_workspaces(settings: Settings) -> Iterator[Wrong]:
    for name, source in settings.sources.items():
        constant = source.workspace.constant
        if source.workspace.column is None and not _has_scope(settings, constant):
            known = set(
                itertools.chain(*(of for in_ in _all_scopes(settings) for of in in_.values()))
            )
            where = f"sources.{name}.workspace"
            yield Wrong(where, constant, "is in no scope", nearest(constant, known))


def _all_scopes(settings: Settings) -> list[dict[str, tuple[str, ...]]]:
    """The common scopes, and those of every strategy."""
    places = (settings.scopes, *(s.scopes for s in settings.strategies.values()))
    return [scopes for scopes in places if scopes is not None]


def _has_scope(settings: Settings, workspace: str) -> bool:
    """Whether the common scopes, or those of any strategy, have the workspace."""
    if any(workspace in of for scopes in _all_scopes(settings) for of in scopes.values()):
        return True
    own = [s.scopes for s in settings.strategies.values()]
    wrong = not own or {} in own  # of what is wrong with strategies their own errors tell
    return settings.scopes is None and (wrong or None in own)


def _check_strategy(key: str, strategy: Strategy, settings: Settings) -> Iterator[Wrong]:
    carried = carried_types(settings)
    for place, kind in enumerate(strategy.link_on):
        if kind not in carried:
            yield Wrong(f"{key}.link_on", kind, "no source has this type", item=place)
    for place, source in enumerate(strategy.sources or ()):
        if source not in settings.sources:
            known = nearest(source, settings.sources)
            yield Wrong(f"{key}.sources", source, "no such source", known, item=place)
    for place, hub in enumerate(strategy.hubs):
        for name, kind in (("type", hub.type), ("linked_type", hub.linked_type)):
            if kind not in strategy.link_on:
                known = nearest(kind, strategy.link_on)
                yield Wrong(f"{key}.hubs[{place}].{name}", kind, "is not in link_on", known)


def _check_platform(key: str, platform: Platform, settings: Settings) -> Iterator[Wrong]:
    if platform.strategy not in settings.strategies:
        known = nearest(platform.strategy, settings.strategies)
        yield Wrong(f"{key}.strategy", platform.strategy, "no such strategy", known)
    if not platform.identities:
        yield Wrong(f"{key}.identities", None, "is missing", "name at least one, or set preset")
    for kind in platform.identities:
        yield from _check_accepted(f"{key}.identities.{kind}", kind, platform, settings)
    for place, kind in enumerate(platform.require or ()):
        if kind != "any" and kind not in platform.identities:
            known = nearest(kind, [*platform.identities, "any"])
            wrong = "is not accepted by this platform"
            yield Wrong(f"{key}.require", kind, wrong, known, item=place)
    attributes = all_attributes(settings)
    for place, attribute in enumerate(platform.attributes):
        if attribute.name not in attributes:
            known = nearest(attribute.name, attributes)
            where = f"{key}.attributes"
            yield Wrong(where, attribute.name, "no such attribute", known, item=place)
    yield from _check_columns(key, platform)


def _check_accepted(key: str, kind: str, platform: Platform, settings: Settings) -> Iterator[Wrong]:
    """Whether a type that a platform accepts is one, and can be written as it says."""
    types, column = list(settings.identities), platform.identities[kind]
    if kind not in types and difflib.get_close_matches(kind, types, 1, _MISSPELT):
        yield Wrong(key, None, "no such identity type", nearest(kind, types))
        return
    if column.region is not None and not is_region(column.region):
        yield Wrong(f"{key}.region", column.region, "no such region", "allowed: as US, DE")
    meant = settings.meaning_of(kind)
    if column.normalise is not None and meant is None and kind in types:
        wrong = f"nothing says what {kind} is"
        remedy = f"set identities.{kind}.is: email, phone, name or id"
        yield Wrong(f"{key}.normalise", column.normalise, wrong, remedy)
    if column.region is not None and column.normalise is not None and meant not in (None, "phone"):
        remedy = f"leave region out, or set identities.{kind}.is: phone"
        yield Wrong(f"{key}.region", column.region, f"{kind} is no phone ({meant})", remedy)


def _check_columns(key: str, platform: Platform) -> Iterator[Wrong]:
    """Whether the names of a platform's columns are names, and each stands for one column."""
    named = [(f"{key}.identities.{kind}", str(of.as_)) for kind, of in platform.identities.items()]
    named += [(f"{key}.attributes", attribute.name) for attribute in platform.attributes]
    taken = {"profile_id", *(["audiences"] if platform.audiences else [])}
    for where, name in named:
        if not re.fullmatch(NAME, name):
            remedy = "set `as` to one: a to z, 0 to 9 and _, a letter first"
            yield Wrong(where, name, "no name of a column", remedy)
        if name in FOLDER_COLUMNS:
            wrong = f"folders named {name}=… make a column of this name"
            yield Wrong(where, name, wrong, "set `as` to another one")
        elif name in taken:
            yield Wrong(where, name, "two columns have this name", "set `as` to another one")
        taken.add(name)
