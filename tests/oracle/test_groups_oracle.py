"""The plain reading of SEMANTICS 11 on cases made by hand, expected results from the page."""

import hashlib
from typing import Any

from tests.oracle.groups import Group, attribute, groups_of
from tests.oracle.world import Row


def group_id(value: str, scope: str = "w", key: bytes = b"") -> str:
    text = f"group\0{scope}\0home\0{value}"
    return hashlib.blake2b(text.encode(), digest_size=16, key=key).hexdigest()


def profile(profile_id: str, address: str | None, scope: str = "w", **attributes: Any) -> Row:
    return {"profile_id": profile_id, "scope": scope, "address": address} | attributes


def identity(profile_id: str, kind: str, value: str, linked: bool = True) -> Row:
    names = ("profile_id", "identity_type", "identity_value", "linked")
    return dict(zip(names, (profile_id, kind, value, linked), strict=True))


def member(group: str, profile_id: str, scope: str = "w") -> Row:
    return {"group_id": group, "scope": scope, "profile_id": profile_id}


def test_profiles_of_a_scope_with_one_value_are_a_group_whatever_its_blanks_and_case() -> None:
    profiles = [
        profile("a", "Main St 1"), profile("b", " main st 1 "), profile("c", "main st 2"),
        profile("d", None), profile("e", "  "), profile("g", ""),
        profile("f", "MAIN ST 1", scope="v"),
    ]  # fmt: skip
    made = groups_of(Group("home", "address"), profiles, [])
    first, second = group_id("main st 1"), group_id("main st 2")
    other, none = group_id("main st 1", "v"), group_id("")  # an empty text is a value, too
    rows = [member(none, "e"), member(none, "g")]
    rows += [member(first, "a"), member(first, "b"), member(second, "c"), member(other, "f", "v")]
    assert sorted(made.rows, key=str) == sorted(rows, key=str)
    sizes = {(row["group_id"], row["scope"], row["profile_count"]) for row in made.attributes}
    assert sizes == {(first, "w", 2), (second, "w", 1), (other, "v", 1), (none, "w", 2)}


def test_values_of_an_identity_type_tie_profiles_by_way_of_others_linked_or_not() -> None:
    profiles = [profile(i, "x") for i in "abcde"]
    held = [
        identity("a", "home", "3"), identity("b", "home", "3", linked=False),
        identity("b", "home", "10"), identity("c", "home", "10"), identity("d", "home", "2"),
        identity("e", "email", "2"),
    ]  # fmt: skip
    made = groups_of(Group("home", "home", by_type=True), profiles, held)
    tied, alone = group_id("10"), group_id("2")  # "10" is before "3" by its bytes
    rows = [member(tied, i) for i in "abc"] + [member(alone, "d")]
    assert sorted(made.rows, key=str) == sorted(rows, key=str)


def test_a_group_that_is_too_large_is_counted_and_none() -> None:
    profiles = [profile(i, "x") for i in "abc"] + [profile("d", "y")]
    made = groups_of(Group("home", "address", max_size=2), profiles, [])
    assert made.rows == [member(group_id("y"), "d")]
    assert (made.too_large, len(made.attributes)) == (1, 1)
    assert groups_of(Group("home", "address", max_size=3), profiles, []).too_large == 0


def test_with_a_key_group_ids_are_keyed() -> None:
    key = b"k" * 32
    made = groups_of(Group("home", "address"), [profile("a", "x")], [], key)
    assert made.rows == [member(group_id("x", key=key), "a")]
    assert group_id("x", key=key) != group_id("x")


def test_a_group_has_attributes_of_its_profiles() -> None:
    rules = {"dog": "any_true", "spent": "sum"}
    group = Group("home", "address", attributes=rules, kinds={"spent": "int64"})
    profiles = [
        profile("a", "x", dog=None, spent=2),
        profile("b", "x", dog=True, spent=3),
        profile("c", "y", dog=None, spent=None),
    ]
    made = groups_of(group, profiles, [])
    common = {"scope": "w"}
    x = {"group_id": group_id("x"), "profile_count": 2, "dog": True, "spent": 5}
    y = {"group_id": group_id("y"), "profile_count": 1, "dog": None, "spent": None}
    assert sorted(made.attributes, key=str) == sorted([common | x, common | y], key=str)


def test_the_rules_that_need_no_order() -> None:
    texts = ["b", "é", None, "a", "b", "a", "z"]
    assert attribute("most_frequent", texts, None) == "a"  # ties: the smallest
    assert attribute("collect", texts, None) == ["a", "b", "z", "é"]
    assert (attribute("min", texts, None), attribute("max", texts, None)) == ("a", "é")
    assert attribute("count", texts, None) == 6
    assert attribute("collect", [None], None) is None
    assert attribute("count", [None], None) == 0
    assert attribute("sum", [2**62, 2**62], "int64") is None
    assert attribute("sum", [2**62, 2**62 - 1], "int64") == 2**63 - 1
    assert attribute("sum", [0.5, 0.25], "double") == 0.75
    assert attribute("max", [9, 10], "int64") == 10
    assert attribute("all_true", ["TRUE", "1", "maybe", None], None) is True
    assert attribute("all_true", [True, False], "boolean") is False
    assert attribute("any_true", ["no idea"], None) is None
    assert attribute("collect", list(range(20)), "int64") == list(range(10))
