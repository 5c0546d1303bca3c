"""Checks of audiences and of the conditions on profiles, before anything runs."""

import difflib
from collections.abc import Iterator

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.check_attributes import all_attributes
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.model import Settings
from idweave.transforms.columnar.conditions.read_condition import Fault, read_condition
from idweave.transforms.tables.condition_rows import BESIDE
from idweave.transforms.tables.profiles import TABLE as PROFILES

_MISSPELT = 0.75  # so like a known name (difflib's ratio) that it is meant
_MOMENTS = ("now", "today", "get_current_timestamp", "transaction_timestamp", "get_current_time")


def conditions_of(settings: Settings) -> dict[str, str]:
    """All conditions by their keys."""
    found = {f"audiences.{name}.where": of.where for name, of in settings.audiences.items()}
    for name, platform in settings.platforms.items():
        if platform.where is not None:
            found[f"platforms.{name}.where"] = platform.where
    return found


def check_conditions(settings: Settings) -> Iterator[Wrong]:
    """What is wrong with audiences, and with what platforms say of them."""
    conditions = conditions_of(settings)
    columns = {*PROFILES.columns.names, *all_attributes(settings), *BESIDE.names}
    for key, text in conditions.items():
        yield from _check_condition(key, text, columns)
    if conditions:
        yield from _check_names(settings)
    for name, audience in settings.audiences.items():
        if audience.strategy not in settings.strategies:
            known = nearest(audience.strategy, settings.strategies)
            yield Wrong(f"audiences.{name}.strategy", audience.strategy, "no such strategy", known)
    for name in settings.platforms:
        yield from _check_audiences(f"platforms.{name}.audiences", name, settings)


def _check_condition(key: str, text: str, columns: set[str]) -> Iterator[Wrong]:
    found = read_condition(text)
    for fault in found.faults:
        remedy = _remedy(fault) if fault.known else ""
        yield Wrong(key, text, f"character {fault.place}: {fault.words}", remedy)
    for column, place in found.columns:
        if column not in columns:
            wrong = f"character {place}: {column}: no such column"
            yield Wrong(key, text, wrong, nearest(column, columns))


def _remedy(fault: Fault) -> str:
    """What may stand where a function or type is named that may not."""
    if fault.name in _MOMENTS:
        return "the run's moment is as_of"
    near = difflib.get_close_matches(fault.name, sorted(fault.known), 1, _MISSPELT)
    return f"did you mean {near[0]}?" if near else "allowed: what is pure, of one row"


def _check_names(settings: Settings) -> Iterator[Wrong]:
    """Whether attributes leave conditions the names of their own columns."""
    places = [(f"attributes.{name}", name) for name in settings.attributes]
    for source, of in settings.sources.items():
        places += [(f"sources.{source}.attributes.{name}", name) for name in of.attributes]
    for key, name in places:
        if name in BESIDE.names:
            wrong = "conditions have a column of this name"
            yield Wrong(key, None, wrong, "choose another name")


def _check_audiences(key: str, platform: str, settings: Settings) -> Iterator[Wrong]:
    of = settings.platforms[platform]
    for place, name in enumerate(of.audiences):
        if name not in settings.audiences:
            known = nearest(name, settings.audiences)
            yield Wrong(key, name, "no such audience", known, item=place)
        elif settings.audiences[name].strategy != of.strategy:
            wrong = f"is of strategy {settings.audiences[name].strategy}"
            remedy = f"a platform's audiences are of its own strategy, {of.strategy}"
            yield Wrong(key, name, wrong, remedy, item=place)
