"""docs/configuration.md, the schema and the example say the same of the same keys."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from idweave.pipelines.settings.json_schema import json_schema
from tests.configuration_page import PAGE, Section, page, sections


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for of in value.values() for key in _keys(of))]
    return [key for of in value for key in _keys(of)] if isinstance(value, list) else []


EXAMPLE = (Path(__file__).parents[1] / "configs" / "example.yaml").read_text()
SHOWN = set(_keys(yaml.load(EXAMPLE, yaml.BaseLoader)))
SCHEMA = json_schema()
SECTIONS = sections()
KEYS = [(section.place, key) for section in SECTIONS for key in section.keys]
ELSEWHERE = {  # keys that the example shows in a comment: their short form stands there, or a base
    ("", "id_key"),
    ("", "decisions"),
    ("", "privacy"),
    *(("privacy", key) for key in ("requests", "by", "key", "exports", "accept_new")),
    ("checks", "max_ended_ids_share"),
    ("checks", "max_moved_records_share"),
    ("checks", "max_risky_profiles_share"),
    ("sources.NAME.time", "unit"),
    ("sources.NAME.time", "constant"),
    ("sources.NAME.workspace", "constant"),
}


def test_the_page_of_the_configuration_is_current() -> None:
    text = PAGE.read_text()
    assert text == page(text), "python -m tests.configuration_page writes it anew"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.place)
def test_every_key_says_what_it_means_with_an_example_that_is_valid(section: Section) -> None:
    for key, of in section.keys.items():
        assert len(of["description"]) > 5, key
        of_key = Draft202012Validator(of | {"$defs": SCHEMA["$defs"]})
        for example in of["examples"]:
            of_key.validate(example)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("place", "key"), KEYS, ids=lambda text: str(text))
def test_the_example_shows_every_key(place: str, key: str) -> None:
    assert key in SHOWN or ((place, key) in ELSEWHERE and f"{key}:" in EXAMPLE)
