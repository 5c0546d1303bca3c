"""Checks of groups of profiles, before anything runs."""

from collections.abc import Iterator

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.check_attributes import all_attributes
from idweave.pipelines.settings.check_inputs import FOLDER_COLUMNS, carried_types
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.model import Settings
from idweave.transforms.columnar.groups.form_groups import ORDERLESS
from idweave.transforms.tables.group_attributes import TABLE


def check_groups(settings: Settings) -> Iterator[Wrong]:
    """What is wrong with groups."""
    for name, of in settings.groups.items():
        key = f"groups.{name}"
        if of.strategy not in settings.strategies:
            known = nearest(of.strategy, settings.strategies)
            yield Wrong(f"{key}.strategy", of.strategy, "no such strategy", known)
        yield from _check_by(f"{key}.by", of.by, settings)
        for attribute, rule in of.attributes.items():
            yield from _check_attribute(f"{key}.attributes.{attribute}", attribute, rule, settings)


def _check_by(key: str, by: str, settings: Settings) -> Iterator[Wrong]:
    """Whether profiles have one value, or hold values, of what it names."""
    attributes = all_attributes(settings)
    if by in attributes and by in settings.identities:
        wrong = "is an attribute and an identity type"
        yield Wrong(key, by, wrong, "give the attribute another name")
    elif by in settings.identities and by not in carried_types(settings):
        yield Wrong(key, by, "no source has this type", nearest(by, carried_types(settings)))
    elif by in attributes and _is_list(by, settings):
        yield Wrong(key, by, "collect makes a list of it", "take one of which profiles have one "
                    "value, or an identity type")  # fmt: skip
    elif by not in attributes and by not in settings.identities:
        known = nearest(by, attributes | set(settings.identities))
        yield Wrong(key, by, "no attribute and no identity type has this name", known)


def _check_attribute(key: str, name: str, rule: str, settings: Settings) -> Iterator[Wrong]:
    """Whether profiles have the attribute, and groups can have it by the rule."""
    attributes = all_attributes(settings)
    if name not in attributes:
        yield Wrong(key, None, "no such attribute", nearest(name, attributes))
    if name in TABLE.columns.names:
        wrong = "a column of the table `group_attributes` has this name"
        yield Wrong(key, None, wrong, "give the attribute another name")
    if name in FOLDER_COLUMNS:
        wrong = f"folders named {name}=… make a column of this name"
        yield Wrong(key, None, wrong, "give the attribute another name")
    if rule not in ORDERLESS:
        wrong = "goes by an order, and profiles have none"
        yield Wrong(key, rule, wrong, f"allowed: {', '.join(ORDERLESS)}")
    elif rule != "count" and _is_list(name, settings):
        yield Wrong(key, rule, "collect makes a list of the profiles' values", "allowed: count")


def _is_list(attribute: str, settings: Settings) -> bool:
    of = settings.attributes.get(attribute)
    return of is not None and of.rule == "collect"
