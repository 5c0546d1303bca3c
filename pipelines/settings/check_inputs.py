"""Checks of sources and identity types that look at several keys at once."""

import itertools
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from idweave.pipelines.nearest import nearest
from idweave.pipelines.settings.errors import Wrong
from idweave.pipelines.settings.identity_type import NORMALISERS
from idweave.pipelines.settings.model import Inputs
from idweave.transforms.columnar.identities.normalise_phone import is_region
from idweave.transforms.columnar.identities.text_steps import STEP_NAMES
from idweave.transforms.tables.profiles import TABLE as PROFILES

DECISIONS = "decisions"  # the source of observations that people made
FOLDER_COLUMNS = ("run_id", "strategy")  # the names of folders make columns of these, too


def check_inputs(inputs: Inputs) -> Iterator[Wrong]:
    """What is wrong with sources and identity types."""
    for name in inputs.sources:
        yield from _check_source(name, inputs)
    for name in inputs.identities:
        yield from _check_type(name, inputs)


def carried_types(inputs: Inputs) -> set[str]:
    """The types that sources have; all where one can't be told for what it means."""
    named = set(itertools.chain(*(s.identities for s in inputs.sources.values())))
    changing = any(source.changes for source in inputs.sources.values())  # bring any type
    return set(inputs.identities) if changing or named - set(inputs.identities) else named


def _check_source(name: str, inputs: Inputs) -> Iterator[Wrong]:
    source, key = inputs.sources[name], f"sources.{name}"
    if name == DECISIONS:
        wrong = "stands for what people decided, in observations and linkages"
        yield Wrong(key, None, wrong, "choose another name")
    for kind, columns in source.identities.items():
        where = f"{key}.identities.{kind}"
        if kind not in inputs.identities:
            yield Wrong(where, None, "no such identity type", nearest(kind, inputs.identities))
        for place, column in enumerate(columns):
            if column in columns[:place]:
                yield Wrong(where, None, "names a column twice", "keep one", item=place)
    for attribute in source.attributes:
        yield from check_attribute_name(f"{key}.attributes.{attribute}", attribute)


def check_attribute_name(key: str, attribute: str) -> Iterator[Wrong]:
    """Whether a column of `profiles` can have the name."""
    wrong = ""
    if attribute in PROFILES.columns.names:
        wrong = "a column of the table `profiles` has this name"
    if attribute in FOLDER_COLUMNS:
        wrong = f"folders named {attribute}=… make a column of this name"
    if wrong:
        yield Wrong(key, None, wrong, "choose another name")


def _check_type(name: str, inputs: Inputs) -> Iterator[Wrong]:
    kind, key = inputs.identities[name], f"identities.{name}"
    for place, step in enumerate(kind.normalise):
        if step.startswith("e164:"):
            if not is_region(step.removeprefix("e164:")):
                yield Wrong(f"{key}.normalise", step, "no such region", "as in e164:US", item=place)
        elif step not in NORMALISERS:
            known = nearest(step, STEP_NAMES)
            yield Wrong(f"{key}.normalise", step, "no such normaliser", known, item=place)
    if kind.pattern is not None:
        yield from _check_pattern(f"{key}.pattern", kind.pattern)
    for place, pattern in enumerate(kind.blocked_patterns):
        yield from _check_pattern(f"{key}.blocked_patterns[{place}]", pattern)


def _check_pattern(key: str, pattern: str) -> Iterator[Wrong]:
    try:
        pc.match_substring_regex(pa.array([""]), rf"\A(?:{pattern})\z")
    except pa.ArrowInvalid:
        yield Wrong(key, pattern, "no pattern of RE2", "allowed: as '.+@.+', without (?=…)")
