"""Paths of the configuration reach maps and lists, and a wrong one is told before anything runs."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import backfill, write_config

TABLE = pa.table(
    {
        "id": ["1", "2"],
        "traits": pa.array(
            [[("email", "a@e.org"), ("plan", "pro")], None], pa.map_(pa.string(), pa.string())
        ),
        "contacts": [
            [{"type": "email", "v": "x"}, {"type": "phone", "v": "1"}],
            [{"type": "email", "v": "y"}],
        ],
    }
)


def body(email: str) -> dict[str, Any]:
    source = {"path": "in.parquet", "record_id": "id"}
    source |= {"identities": {"email": [email, "contacts[type=email].v"]}}
    source |= {"attributes": {"plan": "traits.plan", "phone": "contacts[type=phone].v"}}
    return {
        "sources": {"web": source},
        "identities": {"email": {}},
        "strategies": {"s": {"policy": "merge_all"}},
    }


def test_maps_and_lists_are_reached(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "in.parquet")
    run = backfill(tmp_path, body("traits.email"))
    values = sorted(row["identity_value"] for row in run.rows("identities", "s"))
    assert values == ["a@e.org", "x", "y"]
    profiles = {(row["plan"], row["phone"]) for row in run.rows("profiles", "s")}
    assert profiles == {("pro", "1"), (None, None)}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("trait.email", "did you mean traits?"),
        ("contacts[kind=email].v", "did you mean contacts[].v?"),
        ("contacts[kind].v", "read as a path it breaks off: neither ] nor FIELD=TEXT at character"),
    ],
)
def test_a_path_that_no_file_has_is_told_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, hint: str
) -> None:
    pq.write_table(TABLE, tmp_path / "in.parquet")
    assert main(["validate", str(write_config(tmp_path, body(path)))]) == 2
    said = capsys.readouterr().err
    assert f"sources.web.identities.email: {path}: no such column" in said
    assert hint in said
