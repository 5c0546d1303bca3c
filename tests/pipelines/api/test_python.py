"""`import idweave`: the commands as functions, a run as tables; the notebook of the examples."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import idweave
from tests.notebook import NOTEBOOK, code_cells, run_cells, text_of
from tests.pipelines.profile.small_run import ONE, TABLES, write_run


def test_the_notebook_prints_what_it_says(tmp_path: Path) -> None:
    printed, names = run_cells(tmp_path)
    cells = code_cells(json.loads(NOTEBOOK.read_text()))
    assert printed == [text_of(cell) for cell in cells], "python -m tests.notebook runs it again"
    outcome = names["outcome"]
    assert (outcome.new, outcome.current) == (True, True)
    assert json.loads(json.dumps(outcome.manifest)) == names["run"].manifest
    options = {"run_id": "monday", "if_published": "skip", "strategies": ["careful"]}
    again = idweave.backfill(tmp_path / "demo/idweave.yaml", tmp_path / "demo/out", **options)
    assert (again.folder, again.new) == (str(tmp_path / "demo/out/runs/run_id=monday"), False)
    assert logging.root.manager.disable == 0


def test_importing_it_is_cheap() -> None:
    code = "import idweave, sys; print(len([m for m in sys.modules if m.startswith('idweave')]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert {"backfill", "open_run"} <= set(dir(idweave))
    with pytest.raises(AttributeError, match="no attribute 'backfil'"):
        idweave.backfil  # noqa: B018


@pytest.mark.parametrize("command", [idweave.backfill, idweave.refresh])
def test_errors_are_those_of_the_command_line(tmp_path: Path, command) -> None:  # type: ignore[no-untyped-def]
    config = tmp_path / "no.yaml"
    for options, said in [
        ({}, "no.yaml"),
        ({"run_id": "a/b"}, "--run-id: a/b"),
        ({"since": "2026-02-30"}, "--from: 2026-02-30: no time; allowed"),
        ({"until": "2026-01-01", "since": "2026-01-01"}, "no time is in between"),
        ({"if_published": "maybe"}, "if_published: maybe; allowed: skip, error, new"),
        ({"beam": ["--runnner=X"]}, "did you mean --runner"),
    ]:
        with pytest.raises(idweave.WrongUsage, match=said):
            command(config, tmp_path / "out", **options)
    with pytest.raises(TypeError, match="unexpected keyword argument 'strategy'"):
        command(config, tmp_path / "out", strategy="careful")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[idweave.PublishedRun]:
    with idweave.open_run(write_run(tmp_path_factory.mktemp("it's"))) as opened:
        yield opened


def test_every_table_is_a_dataset(run: idweave.PublishedRun) -> None:
    assert (run.run_id, run.strategies) == ("r2", ["careful", "loose"])
    assert run.tables == sorted(name.partition("/strategy=")[0] for name in TABLES)
    for name, table in TABLES.items():
        kind, _, strategy = name.partition("/strategy=")
        dataset = run.table(kind, strategy or None)
        assert dataset.schema.equals(table.schema)
        assert dataset.to_table().equals(table)
    linked = run.table("identities").to_table(["identity_value"], filter=pc.field("linked"))
    assert linked.num_rows == 2


def test_every_table_is_a_view(run: idweave.PublishedRun) -> None:
    for name, table in TABLES.items():
        kind, is_of_strategy, strategy = name.partition("/strategy=")
        found = pa.table(run.sql(f"SELECT * FROM {kind.replace('/', '_')}").to_arrow_table())
        assert found.num_rows == table.num_rows
        names = ["only_strategy" if n == "strategy" else n for n in table.column_names]
        names = ["strategy", *names] if is_of_strategy else names
        assert found.column_names == names
        assert not is_of_strategy or set(found["strategy"].to_pylist()) == {strategy}
    query = "SELECT attribute FROM evidence WHERE profile_id = ? AND strategy = ? ORDER BY 1"
    assert run.sql(query, ONE, "careful").fetchall() == [("plan",), ("spent",)]
    moment = run.sql("SELECT first_seen FROM profiles WHERE known").fetchall()[0][0]
    assert moment.isoformat() == "2026-03-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("name", "strategy", "said"),
    [
        ("identitis", None, "identitis: no table of run r2; did you mean identities?"),
        ("identities", "carefull", "carefull: no strategy of identities; did you mean careful?"),
        ("platforms", None, "platforms: no table of run r2; did you mean platforms/ads?"),
    ],
)
def test_a_table_that_is_not_there_is_an_error(
    run: idweave.PublishedRun, name: str, strategy: str | None, said: str
) -> None:
    with pytest.raises(idweave.WrongUsage) as error:
        run.table(name, strategy)
    assert str(error.value) == said


def test_a_run_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(idweave.WrongUsage, match="no run in this folder is current"):
        idweave.open_run(tmp_path)
    with pytest.raises(idweave.WrongUsage, match="r9: no such run"):
        idweave.open_run(write_run(tmp_path / "a"), run_id="r9")
