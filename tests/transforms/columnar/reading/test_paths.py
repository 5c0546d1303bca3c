"""Paths into nested data: one grammar, and the same values from JSON and Parquet."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idweave.transforms.columnar.reading.paths import Each, Name, Where, parse_path, path_of
from idweave.transforms.columnar.reading.read_nested import leaf_of, locate
from tests.transforms.columnar.reading.helpers import SOURCE, jsonl, parquet, plain, read

PATHS = {
    "a": (Name("a"),),
    "a.b": (Name("a"), Name("b")),
    "First Name": (Name("First Name"),),
    "list[].b": (Name("list"), Each(), Name("b")),
    "list[][]": (Name("list"), Each(), Each()),
    "list[type=email].b": (Name("list"), Where((("type", "email"),)), Name("b")),
    "l[a=x, b = y z ]": (Name("l"), Where((("a", "x"), ("b", "y z")))),
    "l['a.b'='x,]y',c=]": (Name("l"), Where((("a.b", "x,]y"), ("c", "")))),
    "'user.id'": (Name("user.id"),),
    "u.'it''s [1]'.v": (Name("u"), Name("it's [1]"), Name("v")),
    "o'clock": (Name("o'clock"),),
}


@pytest.mark.parametrize("text", PATHS)
def test_paths_are_read(text: str) -> None:
    assert parse_path(text) == PATHS[text]


@pytest.mark.parametrize(
    "text", ["", ".a", "a.", "a..b", "a[", "a[b]", "a[]b", "[]", "a[=x]", "'a", "a]"]
)
def test_what_is_no_path_is_refused_and_taken_for_a_name(text: str) -> None:
    with pytest.raises(ValueError, match="at character"):
        parse_path(text)
    assert path_of(text) == (Name(text),)


EMAILS = pa.list_(pa.struct({"type": pa.string(), "main": pa.bool_(), "v": pa.string()}))
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "traits": pa.map_(pa.string(), pa.string()),
        "emails": EMAILS,
        "deep": pa.struct({"m": pa.map_(pa.string(), pa.list_(pa.struct({"x": pa.int64()})))}),
        "user.id": pa.string(),
        "user": pa.struct({"id": pa.string(), "a b": pa.string()}),
    }
)
ROWS: list[dict[str, Any]] = [
    {
        "id": "0",
        "traits": {"email": "a@e.org", "plan": "pro"},
        "emails": [
            {"type": "email", "main": True, "v": "m1"},
            {"type": "phone", "main": None, "v": "p1"},
            {"type": "email", "main": False, "v": None},
        ],
        "deep": {"m": {"k": [{"x": 1}, {"x": None}, {"x": 2}], "o": []}},
        "user.id": "dotted",
        "user": {"id": "nested", "a b": "blank"},
    },
    {"id": "1", "traits": {"email": None}, "emails": [], "deep": {"m": None}, "user": None},
    {"id": "2", "traits": {}, "emails": None, "deep": None, "user.id": None, "user": {"id": ""}},
    {
        "id": "3",
        "traits": {"plan": "x"},
        "emails": [None, {"type": "email", "main": True, "v": "m2"}, {"type": "email", "v": "m3"}],
        "deep": {"m": {"k": None, "o": [{"x": 3}]}},
    },
]
FOUND = {  # path: values of each row, and what is one value of it
    "traits.email": ([["a@e.org"], [], [], []], ["a@e.org", None, None, None]),
    "traits[]": ([["a@e.org", "pro"], [], [], ["x"]], ['["a@e.org","pro"]', None, None, '["x"]']),
    "emails[].v": (
        [["m1", "p1"], [], [], ["m2", "m3"]],
        ['["m1","p1"]', None, None, '["m2","m3"]'],
    ),
    "emails[type=email].v": ([["m1"], [], [], ["m2", "m3"]], ["m1", None, None, '["m2","m3"]']),
    "emails[type=email,main=true].v": ([["m1"], [], [], ["m2"]], ["m1", None, None, "m2"]),
    "emails[type=fax].v": ([[], [], [], []], [None] * 4),
    "emails.v": (
        [["m1", "p1"], [], [], ["m2", "m3"]],
        ['["m1","p1",null]', None, None, '[null,"m2","m3"]'],
    ),
    "deep.m.k.x": ([["1", "2"], [], [], []], ["[1,null,2]", None, None, None]),
    "deep.m[][].x": ([["1", "2"], [], [], ["3"]], ["[1,2]", None, None, "[3]"]),
    "'user.id'": ([["dotted"], [], [], []], ["dotted", None, None, None]),
    "user.id": ([["dotted"], [], [], []], ["dotted", None, None, None]),
    "user.'id'": ([["nested"], [], [""], []], ["nested", None, "", None]),
    "user.'a b'": ([["blank"], [], [], []], ["blank", None, None, None]),
}


def found(format: str, data: bytes, path: str) -> tuple[list[list[str]], list[str | None]]:
    source = SOURCE._replace(format=format, identities=((0, path),), attributes=(("a", path),))
    got = plain(read(source, data))
    values: list[list[str]] = [[] for _ in got["position"]]
    for _, row, text, _ in got["values"]:
        values[row].append(text)
    return values, got["attributes"]["a"]


@pytest.mark.parametrize("path", FOUND)
def test_a_path_finds_one_value_or_several_in_parquet(path: str) -> None:
    table = pa.Table.from_pylist([_with_pairs(row) for row in ROWS], SCHEMA)
    assert found("parquet", parquet(table), path) == FOUND[path]
    file = io.BytesIO()
    pq.write_table(pa.concat_tables([table] * 5), file, row_group_size=7)
    values, whole = found("parquet", file.getvalue(), path)
    assert (values, whole) == (FOUND[path][0] * 5, FOUND[path][1] * 5)


def _with_pairs(row: dict[str, Any]) -> dict[str, Any]:
    """Maps as Arrow wants them."""
    pairs = {"traits": row["traits"].items()} if row.get("traits") is not None else {}
    deep = row.get("deep")
    if deep and deep["m"]:
        pairs["deep"] = {"m": list(deep["m"].items())}
    return row | {key: list(of) if key == "traits" else of for key, of in pairs.items()}


@pytest.mark.parametrize("path", FOUND)
def test_a_path_finds_the_same_in_json(path: str) -> None:
    assert found("jsonl", jsonl(ROWS), path) == FOUND[path]


KEYS = st.sampled_from(["a", "b"])
ITEMS = st.lists(
    st.one_of(
        st.none(),
        st.fixed_dictionaries({}, optional={"a": st.one_of(st.none(), st.sampled_from("xy")),
                                            "b": st.one_of(st.none(), st.integers(0, 2))}),
    ),
    max_size=3,
)  # fmt: skip
TYPE = pa.list_(pa.struct({"a": pa.string(), "b": pa.int64()}))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({"id": st.just("r")}, optional={"l": st.one_of(st.none(), ITEMS)}),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["l[].a", "l[a=x].b", "l[a=x,b=1].b", "l[b=1].a", "l.b", "l[a=y].a"]),
)
def test_json_and_parquet_agree(rows: list[dict[str, Any]], path: str) -> None:
    table = pa.Table.from_pylist(rows, pa.schema({"id": pa.string(), "l": TYPE}))
    assert found("parquet", parquet(table), path) == found("jsonl", jsonl(rows), path)


def test_a_part_of_the_wrong_type_is_an_absent_column() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "0", "l": "text", "m": 1},
        {"id": "1", "l": {"a": "x", "v": "one"}, "m": [[{"v": "deep"}]]},
        {"id": "2", "l": [1, "x", [{"a": "x", "v": "no"}], {"a": "x", "v": "yes"}], "m": None},
    ]
    assert found("jsonl", jsonl(rows), "l[a=x].v") == ([[], [], ["yes"]], [None, None, "yes"])
    assert found("jsonl", jsonl(rows), "m[].v") == ([[], ["deep"], []], [None, '["deep"]', None])
    table = pa.table({"id": ["0"], "l": ["text"]})
    assert found("parquet", parquet(table), "l[a=x].v") == ([[]], [None])


def test_a_part_without_values_is_an_absent_column() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "0", "l": [], "d": {"l": [], "tags": []}, "n": None},
        {"id": "1", "l": [{"v": None}], "d": {"l": [{"v": None}, None], "tags": None}, "n": None},
    ]
    items = pa.list_(pa.struct({"v": pa.string()}))
    inner = pa.struct({"l": items, "tags": pa.list_(pa.string())})
    table = pa.Table.from_pylist(
        rows, pa.schema({"id": pa.string(), "l": items, "d": inner, "n": pa.null()})
    )
    for path in ("l.v", "l[].v", "d.l.v", "d.l[v=x].v", "n.a.b", "n[].a", "n[a=x].b"):
        assert found("jsonl", jsonl(rows), path) == ([[], []], [None, None]), path
        assert found("parquet", parquet(table), path) == ([[], []], [None, None]), path
    for format, data in (("jsonl", jsonl(rows)), ("parquet", parquet(table))):
        assert found(format, data, "d.tags") == ([[], []], ["[]", None])  # the list itself


def test_lists_without_a_type_of_their_own_are_absent_columns() -> None:
    table = pa.table({"id": ["0"], "l": pa.array([[None]], pa.list_(pa.null()))})
    for path in ("l.v", "l[].v", "l[a=x].v"):
        assert found("parquet", parquet(table), path) == ([[]], [None]), path


def test_only_what_a_path_needs_is_read_of_a_struct() -> None:
    fields = {"ids": pa.array([[{"t": "a", "v": "1"}]]), "page": pa.array(["/"])}
    context = pa.StructArray.from_arrays(list(fields.values()), list(fields))
    schema = pa.schema({"id": pa.string(), "context": context.type})
    for path, leaf in [
        ("context.ids[t=a].v", "context.ids"),
        ("context.page", "context.page"),
        ("context.page.x", None),
    ]:
        place = locate(schema, path)
        assert (place and leaf_of(schema, place)) == leaf
    data = parquet(pa.table({"id": ["0"], "context": context}))
    assert found("parquet", data, "context.ids[t=a].v") == ([["1"]], ["1"])
