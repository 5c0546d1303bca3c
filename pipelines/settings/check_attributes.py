"""Checks of the rules of attributes that look at several keys at once."""

import itertools
from collections.abc import Iterator

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.check_inputs import check_attribute_name
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.model import Settings
from idweave.pipelines.settings.of_profiles import AttributeRule
from idweave.transforms.columnar.attributes.rules import FLAGS


def mapped_attributes(settings: Settings) -> set[str]:
    """The attributes that sources map."""
    return set(itertools.chain(*(s.attributes for s in settings.sources.values())))


def all_attributes(settings: Settings) -> set[str]:
    """The attributes that profiles have."""
    return mapped_attributes(settings) | set(settings.attributes)


def check_attributes(settings: Settings) -> Iterator[Wrong]:
    """What is wrong with the rules."""
    mapped = mapped_attributes(settings)
    for name, of in settings.attributes.items():
        key = f"attributes.{name}"
        yield from check_attribute_name(key, name)
        yield from _check_source(key, name, of, mapped)
        yield from _check_type(key, of)
        for attribute in of.where:
            if attribute not in mapped:
                wrong = "no source maps this attribute"
                yield Wrong(f"{key}.where.{attribute}", None, wrong, nearest(attribute, mapped))
        for place, source in enumerate(of.prefer or ()):
            if source not in settings.sources:
                known = nearest(source, settings.sources)
                yield Wrong(f"{key}.prefer", source, "no such source", known, item=place)
        if of.limit is not None and of.rule != "collect":
            remedy = "leave it out, or set rule: collect"
            yield Wrong(f"{key}.limit", str(of.limit), f"{of.rule} has no limit", remedy)


def _check_source(key: str, name: str, of: AttributeRule, mapped: set[str]) -> Iterator[Wrong]:
    """Whether the values are there."""
    if of.from_ is not None and of.from_ not in mapped:
        wrong = "no source maps this attribute"
        yield Wrong(f"{key}.from", of.from_, wrong, nearest(of.from_, mapped))
    if of.from_ is not None or name in mapped:
        return
    if of.rule != "count":
        yield Wrong(key, None, "no source maps this attribute", "set `from` to one that a source "
                    f"maps; {nearest(name, mapped)}")  # fmt: skip
    for of_values, given in (("type", of.type), ("ignore", of.ignore or None)):
        if given is not None and of.rule == "count":
            wrong = "there are no values: every record counts"
            yield Wrong(f"{key}.{of_values}", None, wrong, "leave it out, or set `from`")


def _check_type(key: str, of: AttributeRule) -> Iterator[Wrong]:
    """Whether the rule can be applied to values of the type."""
    if of.type is None:
        return
    allowed = {"sum": ("int64", "double")} | dict.fromkeys(FLAGS, ("boolean",))
    if of.type not in allowed.get(of.rule, (of.type,)):
        remedy = f"allowed: {', '.join(allowed[of.rule])}"
        yield Wrong(f"{key}.type", of.type, f"{of.rule} takes no such values", remedy)
