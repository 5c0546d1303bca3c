"""`idweave diff` on published runs."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import RunFolder, write_config

# two people share device d1; r5 comes twice, r6 has a profile with `all` only
ROWS = [
    ("r1", "c1", "d1"),
    ("r2", "c2", "d1"),
    ("r3", "c2", None),
    ("r4", "c3", "d3"),
    ("r5", "c4", None),
    ("r5", "c4", None),
    ("r6", None, "d9"),
]
STRATEGIES = {
    "all": {"policy": "merge_all"},
    "strong": {"policy": "merge_all", "link_on": ["customer_id"]},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: the second has one record more, which ties c3 and c4."""
    folder = tmp_path_factory.mktemp("diff")
    body = {
        "sources": {
            "web": {
                "path": "in/*.parquet",
                "record_id": "id",
                "identities": {"customer_id": "customer_id", "device_id": "device_id"},
            }
        },
        "identities": {"customer_id": {}, "device_id": {}},
        "strategies": STRATEGIES,
    }
    config = write_config(folder, body)
    for name, rows in (("one", ROWS), ("two", [("r7", "c3", "d4"), ("r8", "c4", "d4")])):
        columns = dict(
            zip(("id", "customer_id", "device_id"), zip(*rows, strict=True), strict=True)
        )
        (folder / "in").mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), folder / "in" / f"{name}.parquet")
        command = ["backfill", str(config), "--output", str(folder / "out"), "--run-id", name]
        assert main(command) == 0
    return folder / "out"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["diff", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_files_that_no_diff_wrote_are_not_replaced_or_joined(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["diff", str(runs), "one:strong", "one:all", "--output", str(tmp_path)]
    for name in ("part-00000.parquet", "other.csv"):
        (tmp_path / name).write_text("precious")
        capsys.readouterr()
        assert main(ask) == 2
        assert "holds other files; name a new folder or an empty one" in capsys.readouterr().err
        assert (tmp_path / name).read_text() == "precious"
        (tmp_path / name).unlink()
    assert [main(ask), main(ask)] == [0, 0]


def test_two_strategies_of_a_run(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, str(runs), "one:strong", "one:all", "--output", str(tmp_path / "o"))
    examples = found.pop("examples")
    none = {"left": 0, "right": 0, "records": 0}
    assert found == {
        "left": "one:strong",
        "right": "one:all",
        "records": 5,
        "profiles": {
            "same": {"left": 2, "right": 2, "records": 2},
            "merged": {"left": 2, "right": 1, "records": 3},
            "split": none,
            "mixed": none,
        },
        "pairs": {"both": 1, "left_only": 0, "right_only": 2},
        "agreement": 1 / 3,
        "moved_records": 3,
        "records_left_only": 0,
        "records_right_only": 1,
    }
    run = RunFolder(runs / "runs" / "run_id=one")
    ids = {
        name: {row["record_id"]: row["profile_id"] for row in run.rows("assignments", name)}
        for name in STRATEGIES
    }
    (merged,) = examples["merged"]
    assert [(of["profile_id"], of["records"]) for of in merged["right"]] == [(ids["all"]["r1"], 3)]
    assert [(of["profile_id"], of["records"], of["shared_records"]) for of in merged["left"]] == [
        (ids["strong"]["r2"], 2, 2),
        (ids["strong"]["r1"], 1, 1),
    ]
    assert merged["left"][0]["identities"] == ["customer_id:…", "device_id:…"]
    table = pq.read_table(tmp_path / "o")
    together = {(ids["strong"][r], ids["all"][r]): n
                for r, n in (("r1", 1), ("r2", 2), ("r4", 1), ("r5", 1))}  # fmt: skip
    assert table.schema.names == ["left_profile_id", "right_profile_id", "records"]
    assert table.to_pylist() == [
        {"left_profile_id": left, "right_profile_id": right, "records": together[left, right]}
        for left, right in sorted(together)
    ]


def test_two_runs_by_source_and_record_id(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, str(runs), "one:all", "all")
    assert (found["left"], found["right"], found["records"]) == ("one:all", "two:all", 6)
    assert found["profiles"] == {
        "same": {"left": 2, "right": 2, "records": 4},
        "merged": {"left": 2, "right": 1, "records": 2},
        "split": {"left": 0, "right": 0, "records": 0},
        "mixed": {"left": 0, "right": 0, "records": 0},
    }
    assert found["pairs"] == {"both": 3, "left_only": 0, "right_only": 1}
    assert (found["records_left_only"], found["records_right_only"]) == (0, 2)
    back = answer(capsys, str(runs), "two:all", "one:all")
    assert back["profiles"]["split"] == {"left": 1, "right": 2, "records": 2}
    assert back["examples"]["split"][0]["left"][0]["records"] == 2


def test_the_page_says_what_differs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(runs), "one:strong", "one:all"]) == 0
    page = capsys.readouterr().out
    assert "merged               2             1               3  right profiles that" in page
    assert "pairs of records together: 1 on both sides, 0 left only, 2 right only" in page


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ("stron", "stron: no strategy of run two; did you mean strong?"),
        ("three:all", "--run-id: three: no such run in "),
    ],
)
def test_what_is_not_there_is_named(
    runs: Path, left: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(runs), left, "all"]) == 2
    assert capsys.readouterr().err.startswith(said)
