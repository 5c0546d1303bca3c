"""Rows of each table that show somebody who is erased are found, and no others."""

import numpy as np
import pyarrow as pa
import pytest

from idweave.transforms.columnar.arrays.id_words import id_words
from idweave.transforms.columnar.privacy.find_listed import Listed, listed, listed_ids
from idweave.transforms.columnar.privacy.hashes import (
    IDENTITY,
    RECORD,
    full_hashes,
    short_hashes,
)
from idweave.transforms.columnar.privacy.search import Search, columns_of, find_people

KEY, TIME = b"k" * 32, pa.timestamp("us", tz="UTC")
ERASED, OTHER = "e" * 32, "0" * 32


def on_list(kind: str, name: str, values: list[str], since: list[int]) -> Listed:
    texts = pa.array(values, pa.string())
    check = full_hashes(KEY, kind, name, texts).digest[:, 0]
    places = np.arange(len(values), dtype=np.int32)
    return listed(short_hashes(KEY, kind, name, texts), check, np.array(since, np.int64), places)


SEARCH = Search(
    KEY,
    ("email", "uid"),
    on_list(IDENTITY, "email", ["a", "a", "b"], [5, 9, 3]),
    on_list(RECORD, "web", ["r1"], [0]),
    listed_ids(id_words(pa.array([ERASED]))),
)


def times(*values: int | None) -> pa.Array:
    return pa.array(values, pa.int64()).cast(TIME)


def test_an_identity_is_found_where_no_record_that_carries_it_is_new() -> None:
    rows = pa.table(
        {
            "identity_type": ["email", "email", "email", "uid", "email", "email"],
            "identity_value": ["a", "a", "b", "a", "c", "b"],
            "first_seen": times(9, 10, None, 1, 1, None),
            "record_count": [1, 1, 2, 1, 1, 0],
            "profile_id": [ERASED, OTHER, OTHER, OTHER, OTHER, None],
        }
    )
    asked = columns_of("identities", [*rows.column_names, "scope"], SEARCH)
    assert asked == rows.column_names
    found = {"profile_id": 1, "identity_value": 2}
    assert find_people("identities", rows, SEARCH, vouched=True) == found
    assert find_people("identities", rows, SEARCH, vouched=False) == found | {"identity_value": 3}


def test_types_may_come_as_dictionaries_and_in_runs() -> None:
    kinds = pa.array(["uid", None, "email", "email", "email", "phone"]).dictionary_encode()
    rows = pa.table(
        {
            "identity_type": kinds,
            "identity_value": ["a", "a", "b", None, "a", "a"],
            "first_seen": times(1, 1, 3, 1, 9, 1),
            "record_count": [1] * 6,
            "profile_id": pa.array([OTHER, OTHER, None, OTHER, OTHER, ERASED]),
        }
    )
    found = {"profile_id": 1, "identity_value": 2}
    assert find_people("identities", rows, SEARCH, vouched=True) == found
    assert find_people("identities", rows[3:], SEARCH, vouched=True) == {
        "profile_id": 1, "identity_value": 1,
    }  # fmt: skip


def test_both_sides_of_linkages_and_all_identities_of_observations_are_looked_at() -> None:
    linkages = pa.table(
        {
            "left_type": ["uid", "email"], "left_value": ["x", "b"],
            "right_type": ["email", "uid"], "right_value": ["a", "x"],
            "first_seen": times(9, 4), "first_source": ["web", "crm"],
            "first_record_id": ["r1", "r1"],
        }
    )  # fmt: skip
    assert find_people("linkages", linkages, SEARCH, True) == {
        "right_value": 1,
        "first_record_id": 1,
    }
    pair = pa.struct([("type", pa.string()), ("value", pa.string())])
    both = [{"type": "email", "value": "a"}, {"type": "email", "value": "b"}]
    observations = pa.table(
        {
            "source": ["web", "web", "web"], "record_id": ["r2", "r3", "r4"],
            "event_time": times(3, 10, None),
            "identities": pa.array([both, both, both[1:]], pa.list_(pair)),
        }
    )  # fmt: skip
    assert find_people("observations", observations, SEARCH, True) == {"identities": 2}


@pytest.mark.parametrize("column", ["event_time", "to_time"])
def test_drops_and_aliases_are_judged_by_the_time_of_the_record_that_tells(column: str) -> None:
    table = "drops" if column == "event_time" else "aliases"
    rows = pa.table(
        {
            "source": ["web", "web", "web"], "record_id": ["r1", "r2", None],
            "identity_type": ["email", "email", None], "identity_value": ["a", "a", None],
            column: times(9, 10, 1),
        }
    )  # fmt: skip
    assert find_people(table, rows, SEARCH, True) == {"identity_value": 1, "record_id": 1}


def test_changes_may_say_whom_to_erase_and_the_memory_of_ids_is_not_searched() -> None:
    rows = pa.table(
        {
            "profile_id": pa.array([ERASED, ERASED, ERASED, OTHER]),
            "op": pa.array(["erase", "remove", "delete", "insert"]).dictionary_encode(),
        }
    )
    assert columns_of("changes/profiles", ["profile_id", "scope", "op"], SEARCH) == [
        "profile_id",
        "op",
    ]
    assert find_people("changes/profiles", rows, SEARCH, True) == {"profile_id": 1}
    for table in ("ids", "id_changes"):
        assert columns_of(table, ["profile_id", "scope"], SEARCH) == []
    assert columns_of("quarantine", ["source", "raw_text"], SEARCH) == []


def test_nothing_that_is_listed_reads_nothing() -> None:
    nobody = on_list(IDENTITY, "email", [], [])
    none = Search(KEY, (), nobody, None, listed_ids(np.empty((0, 2), np.uint64)))
    assert columns_of("identities", ["profile_id", "identity_value"], none) == []
