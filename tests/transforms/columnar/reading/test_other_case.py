"""Keys of JSON that miss a wanted column by case alone are counted."""

from collections import Counter
from typing import Any

from idweave.transforms.columnar.reading.json_columns import collect
from idweave.transforms.columnar.reading.other_case import add_other_case, as_counts


def counted(columns: list[str], *objects: dict[str, Any]) -> dict[tuple[str, str], int]:
    seen: Counter[tuple[str, str]] = Counter()
    collect({name: [] for name in columns}, list(objects), {"day": "1"}, seen)
    return {(column, key): n for column, key, n in as_counts(seen)}


def test_records_that_lack_a_key_and_have_it_in_another_case_are_counted() -> None:
    both = [{"Email": "a"}, {"Email": None, "EMAIL": "b"}, {"uid": 1}]
    expected = {("email", "Email"): 2, ("email", "EMAIL"): 1}
    assert counted(["email", "uid"], *both) == expected
    assert counted(["email"], *both, {"email": "c"}, {"email": None, "Email": "d"}) == expected
    assert counted(["day"], {"Day": "2"}) == {}  # of the folder's name
    assert counted(["email"], {"email": None}) == {}
    assert counted(["email"]) == {}


def test_a_folder_of_another_case_counts_for_each_record_that_has_no_key_of_its_own() -> None:
    assert counted(["Day"], {}, {"x": 1}, {"Day": None}) == {("Day", "day"): 2}
    assert counted(["Day"], {"DAY": 1}) == {("Day", "day"): 1, ("Day", "DAY"): 1}
    assert counted(["day"], {}) == {}


def test_of_a_path_the_key_that_it_begins_in_counts() -> None:
    assert counted(["user.id", "'a.b'"], {"User": {"id": 1}, "A.B": 2}) == {
        ("user.id", "User"): 1,
        ("'a.b'", "A.B"): 1,
    }


def test_counts_of_units_are_added() -> None:
    one = as_counts({("email", "Email"): 2, ("id", "ID"): 1})
    assert add_other_case([one, (), (("email", "Email", 3),)]) == (
        ("email", "Email", 5),
        ("id", "ID", 1),
    )
