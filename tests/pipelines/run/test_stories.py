"""docs/stories.md happens as it is told."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.oracle.changes import apply
from tests.pipelines.running import RunFolder

PAGE = (Path(__file__).parents[3] / "docs" / "stories.md").read_text()
_BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {name: body for _, name, body in _BLOCK.findall(PAGE)}


def put(folder: Path, *names: str) -> None:
    """Write files of the page."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(BLOCKS[name])


def launch(folder: Path, story: str, command: str, run_id: str, *more: str) -> int:
    """A command of the page."""
    assert f"`idweave {command} {story}/idweave.yaml --output {story}/out" in PAGE
    config, output = str(folder / story / "idweave.yaml"), str(folder / story / "out")
    return main([command, config, "--output", output, "--run-id", run_id, *more])


def run_of(folder: Path, story: str, run_id: str) -> RunFolder:
    """A run that was published."""
    return RunFolder(folder / story / "out" / "runs" / f"run_id={run_id}")


def ids_by_record(run: RunFolder, strategy: str) -> dict[str, str]:
    """The profile of each record."""
    return {row["record_id"]: row["profile_id"] for row in run.rows("assignments", strategy)}


def named(text: str, names: dict[str, str]) -> str:
    """A text with the names of ids for ids."""
    for profile_id, name in names.items():
        text = text.replace(profile_id, name)
    return text


def identities_changed(run: RunFolder, names: dict[str, str]) -> str:
    """What is to be done to `identities`, as the page writes it."""
    rows = run.rows("changes/identities", "people")
    lines = [
        f"{row['op']} {row['identity_type']}:{row['identity_value']} {names[row['profile_id']]}\n"
        for row in rows
    ]
    return "".join(sorted(lines))


def split(folder: Path) -> dict[str, str]:
    """The story up to the split: the names of both ids."""
    story = ("people/idweave.yaml", "people/events/1.csv", "people/decisions/1.csv")
    put(folder, *story)
    assert launch(folder, "people", "backfill", "one") == 0
    (first,) = set(ids_by_record(run_of(folder, "people", "one"), "people").values())
    put(folder, "people/decisions/2.csv")
    assert launch(folder, "people", "refresh", "two") == 0
    second = ids_by_record(run_of(folder, "people", "two"), "people")
    assert second["r2"] == first
    return {first: "A", second["r1"]: "B"}


def explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    output = str(folder / "people" / "out")
    assert main(["explain", output, "customer_id:ana", "customer_id:ben"]) == 0
    return capsys.readouterr().out


def test_two_people_on_one_telephone_are_kept_apart_until_that_is_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = split(tmp_path)
    run = run_of(tmp_path, "people", "two")
    moved = [(r["op"], r["record_id"], names[r["profile_id"]])
             for r in run.rows("changes/assignments", "people")]  # fmt: skip
    assert [" ".join(row) for row in moved] == BLOCKS["changes/assignments"].splitlines()
    assert identities_changed(run, names) == BLOCKS["changes/identities"]
    assert [row["change"] for row in run.rows("id_changes", "people")] == ["split"]

    put(tmp_path, "people/events/2.csv")
    assert launch(tmp_path, "people", "refresh", "three") == 0
    run = run_of(tmp_path, "people", "three")
    profiles = {r: names[p] for r, p in ids_by_record(run, "people").items()}
    assert profiles == {"r1": "B", "r2": "A", "r3": "B", "r4": "A"}
    assert run.rows("id_changes", "people") == []
    assert [row["outcome"] for row in run.rows("decisions", "people")] == ["holds"]
    assert BLOCKS["explain"] in named(explained(tmp_path, capsys), names)

    put(tmp_path, "people/decisions/3.csv")
    assert launch(tmp_path, "people", "refresh", "four") == 0
    run = run_of(tmp_path, "people", "four")
    assert {names[p] for p in ids_by_record(run, "people").values()} == {"A"}
    told = [f"{names[row['profile_id']]} {row['status']} {names[row['current_id']]}"
            for row in run.rows("ids", "people")]  # fmt: skip
    assert sorted(told) == BLOCKS["ids"].splitlines()
    assert run.rows("decisions", "people") == []
    assert run.rows("drops", "people") == []
    files = [file["path"] for file in run.manifest["inputs"] if file["source"] == "decisions"]
    assert [Path(path).name for path in files] == ["1.csv", "2.csv", "3.csv"]


def current(folder: Path) -> Any:
    return json.loads((folder / "shop" / "out" / "current.json").read_text())["run_id"]


def test_a_stricter_rule_is_shown_stopped_and_let_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "shop/idweave.yaml")
    rows = [f"r{i},2026-01-01,c{i},555{i}" for i in range(100)]
    rows += [f"s{i},2026-01-02,x{i},555{i}" for i in range(3)]
    (tmp_path / "shop" / "crm.csv").write_text("\n".join(["id,ts,customer,phone", *rows]))
    assert launch(tmp_path, "shop", "backfill", "lax") == 0
    stricter = ["--set", "strategies.careful.max_values.customer_id=1"]
    assert " ".join(["--run-id strict", *stricter]) in PAGE
    for more in (["--dry-run"], []):
        capsys.readouterr()
        assert launch(tmp_path, "shop", "refresh", "strict", *stricter, *more) == 3
        assert BLOCKS["check"] in capsys.readouterr().err
        assert current(tmp_path) == "lax"
    raised = ["--set", "checks.max_moved_records_share=0.03"]
    assert " ".join(raised) in PAGE
    assert launch(tmp_path, "shop", "refresh", "strict", *stricter, *raised) == 0
    assert current(tmp_path) == "strict"
    before, after = (run_of(tmp_path, "shop", name) for name in ("lax", "strict"))
    told = after.rows("changes/assignments", "careful")
    assert [(row["op"], row["record_id"]) for row in told] == [
        ("update", "r0"),
        ("update", "r1"),
        ("update", "r2"),
    ]
    applied = apply("assignments", before.rows("assignments", "careful"), told)
    wanted = after.rows("assignments", "careful")
    assert sorted(map(repr, applied)) == sorted(map(repr, wanted))
