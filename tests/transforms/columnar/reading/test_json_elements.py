"""JSON objects one after the other or in an array, on lines or over several."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.json_elements import elements
from tests.transforms.columnar.reading.helpers import (
    SOURCE,
    plain,
    raw_texts,
    read,
    reasons,
    units,
    who,
)

JSON = SOURCE._replace(format="json")
LIMIT = 16 * 2**20


def cut(text: str, size: int = 10**6) -> list[str]:
    data = text.encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return [element.decode() for some in elements(pieces) for element in some]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text('a{}[]",:\\\n ', max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text('ab"{', max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text("abc", max_size=2), VALUES, max_size=3), max_size=5)


@settings(max_examples=300, deadline=None)
@given(OBJECTS, st.sampled_from([None, 0, 1, 4]), st.booleans(), st.integers(1, 40))
def test_objects_are_found_in_any_layout_and_pieces_of_any_size(
    objects: list[dict[str, Any]], indent: int | None, in_array: bool, size: int
) -> None:
    if in_array:
        text = json.dumps(objects, indent=indent)
    else:
        text = "\n".join(json.dumps(one, indent=indent) for one in objects)
    assert [json.loads(element) for element in cut(text, size)] == objects


@pytest.mark.parametrize("between", ["", " ", "\n", "\r\n\n", ",", " ,\n"])
def test_what_stands_between_objects_does_not_matter(between: str) -> None:
    objects = ['{"a":1}', '{"b":{"c":[{}]}}', "{}"]
    assert cut(between.join(objects)) == objects
    assert cut(f"[{between.join(objects)}]\n[{between.join(objects)}] ") == objects * 2


BROKEN = {
    "no closing brace": ['{"id":1', '{"id":2}', '{"id":3}'],
    "a comma at its end": ['{"id":1,', '{"id":2}', '{"id":3}'],
    "an open list": ['{"id":[1', '{"id":2}', '{"id":3}'],
    "an open string": ['{"id":"1}', '{"id":"2"}', '{"id":"3"}'],
    "an open string last": ['{"id":1}', '{"id":2}', '{"id":"3}'],
    "one that ends twice": ['{"id":1}', "}", '{"id":3}'],
    "something else": ['{"id":1}', "null", '{"id":3}'],
    "some text": ['{"id":1}', '"a, b" and c', '{"id":3}'],
}


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_costs_itself_alone(kind: str, size: int) -> None:
    assert [e.strip() for e in cut("\n".join(BROKEN[kind]), size)] == BROKEN[kind]


def test_in_pretty_printed_json_a_broken_object_ends_where_the_next_one_begins() -> None:
    first = '{\n    "id": "a\n    "list": [\n      {\n        "x": 1\n      }\n    ]\n  }'
    second = '{\n    "id": "b"\n  }'
    for text in (f"[\n  {first},\n  {second}\n]", f"  {first}\n  {second}"):
        found = [element.rstrip(", \n") for element in cut(text)]
        assert found == [first, second]
    last = f"[\n  {second},\n  {first}\n]\n{second}"
    assert [element.rstrip() for element in cut(last)] == [second, first, second]


def test_an_array_that_is_not_closed_has_an_element_that_is_no_json() -> None:
    assert cut('[{"id":1},') == ['{"id":1}', "["]
    assert cut('[{"id":1},{"id"') == ['{"id":1}', '{"id"']
    assert cut("[]") == cut("") == cut(" \n") == []


def test_any_damage_leaves_every_object_or_a_row_for_it() -> None:
    rng = random.Random(3)
    text = json.dumps([{"id": f"r{i}", "l": [{"a": '"{'}]} for i in range(20)], indent=1)
    for _ in range(300):
        at = rng.randrange(len(text))
        broken = text[:at] + rng.choice(['"', "{", "}", "[", "]", "\n", "", ","]) + text[at + 1 :]
        got = plain(read(JSON, broken.encode()))
        read_well = len(got["record_id"])
        assert read_well == 20 or (read_well >= 18 and got["quarantined"])


def test_records_of_a_pretty_printed_array_have_their_place_in_it() -> None:
    rows = [{"id": "a", "who": "é"}, {"id": "b", "who": None}, {"id": "c", "who": "x"}]
    text = "\ufeff" + json.dumps(rows, indent=2, ensure_ascii=False).replace("null", "NaN")
    got = read(JSON, text.encode())
    assert got.position.tolist() == [0, 2]
    assert who(got) == [(0, "é", False), (1, "x", False)]
    assert reasons(got) == [(1, "not_json")]
    assert raw_texts(got) == ['{\n    "id": "b",\n    "who": NaN\n  }']


@pytest.mark.parametrize("format", ["json", "jsonl"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", '[1, {"a": NaN}]'])
def test_what_is_no_number_is_no_json(value: str, format: str) -> None:
    long = "1" * 5000  # digits take the slow way
    for more in ("", f', "n": {long}'):
        text = f'{{"id": "a", "x": {value}{more}}}\n{{"id": "b", "who": "NaN"}}\n'
        got = read(SOURCE._replace(format=format), text.encode())
        assert (reasons(got), who(got)) == ([(0, "not_json")], [(0, "NaN", False)])


def test_an_object_that_is_too_long_is_refused_and_the_next_one_is_read() -> None:
    long = '{"id":"' + "x" * (LIMIT + 5) + '"}'
    pieces = units(JSON, f'[{{"id":"a"}},{long},{{"id":"b"}}]'.encode())
    assert [i for unit in pieces for i in unit.record_id.to_pylist()] == ["a", "b"]
    assert [pair for unit in pieces for pair in reasons(unit)] == [(1, "line_too_long")]


def test_units_have_so_many_rows() -> None:
    text = json.dumps([{"id": str(i)} for i in range(10)], indent=1)
    assert [len(unit.position) for unit in units(JSON, text.encode(), rows=4)] == [4, 4, 2]
