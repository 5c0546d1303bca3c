"""Records within a span of event time keep their values, changes and quarantine."""

from typing import Any

import numpy as np
import pyarrow as pa

from idweave.transforms.columnar.reading.records import (
    NO_TIME,
    Changes,
    Quarantined,
    Records,
    Values,
)
from idweave.transforms.columnar.reading.within import within


def records() -> Records:
    """Four records at 10, no time, 20 and 30; the first and the last have a value and a change."""
    return Records(
        position=np.arange(4),
        record_id=pa.array(["a", "b", "c", "d"]),
        event_time=np.array([10, NO_TIME, 20, 30], np.int64),
        workspace=pa.array(["x", None, "y", "x"]).dictionary_encode(),
        request=np.arange(4, dtype=np.int8),
        values=(
            Values(0, np.array([0, 2, 2, 3], np.int32), pa.array(list("pqrs")), np.arange(4) == 2),
        ),
        attributes={"plan": pa.array(["1", None, "3", "4"])},
        changes=Changes(
            row=np.array([0, 3], np.int32),
            type=np.array([0, -1], np.int16),
            type_name=pa.array(["t", "u"]),
            old=pa.array(["o", None]),
            new=pa.array([None, "n"]),
            wrong=np.array([[False, True], [True, False]]),
        ),
        content=np.arange(8, dtype=np.uint64).reshape(4, 2),
        quarantined=Quarantined(
            np.array([9]), np.array([1], np.int8), pa.array(["raw"]), np.array([0], np.int32)
        ),
    )


def plain(found: Records) -> dict[str, Any]:
    """All of it as Python values."""
    (values,), changes = found.values, found.changes
    assert found.workspace is not None
    assert found.content is not None
    return {
        "position": found.position.tolist(),
        "record_id": found.record_id.to_pylist(),
        "time": found.event_time.tolist(),
        "workspace": found.workspace.to_pylist(),
        "request": found.request.tolist(),
        "values": [values.row.tolist(), values.value.to_pylist(), values.wrong.tolist()],
        "plan": found.attributes["plan"].to_pylist(),
        "changes": [
            changes.row.tolist(),
            changes.type.tolist(),
            changes.type_name.to_pylist(),
            changes.old.to_pylist(),
            changes.new.to_pylist(),
            changes.wrong.tolist(),
        ],
        "content": found.content.tolist(),
        "quarantined": found.quarantined.position.tolist(),
    }


def test_the_span_begins_with_since_and_ends_before_until() -> None:
    assert plain(within(records(), 20, 30)) == {
        "position": [1, 2],
        "record_id": ["b", "c"],
        "time": [NO_TIME, 20],
        "workspace": [None, "y"],
        "request": [1, 2],
        "values": [[1, 1], ["q", "r"], [False, True]],
        "plan": [None, "3"],
        "changes": [[], [], [], [], [], []],
        "content": [[2, 3], [4, 5]],
        "quarantined": [9],
    }


def test_rows_of_values_and_changes_are_counted_anew() -> None:
    found = plain(within(records(), 15, None))
    assert found["record_id"] == ["b", "c", "d"]
    assert found["values"] == [[1, 1, 2], ["q", "r", "s"], [False, True, False]]
    assert found["changes"] == [[2], [-1], ["u"], [None], ["n"], [[True, False]]]


def test_without_a_span_all_records_stay() -> None:
    given = records()
    assert within(given, None, None) is given
    assert plain(within(given, None, 31)) == plain(records())
