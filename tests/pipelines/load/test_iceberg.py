"""`idweave load --to iceberg:CATALOG.NAMESPACE`, with a SQL catalog and tables on disk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table import Table, Transaction
from pyiceberg.types import LongType
from pyiceberg.utils.config import Config

from idweave.pipelines.cli.main import main
from tests.pipelines.load.conftest import RUNS
from tests.pipelines.load.test_duckdb import load as load_duckdb
from tests.pipelines.load.test_duckdb import tables as tables_of_duckdb


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """An empty catalog `here`, as the environment configures it."""
    monkeypatch.setenv("PYICEBERG_CATALOG__HERE__URI", f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__HERE__WAREHOUSE", f"file://{tmp_path}/tables")
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())  # it is read at the import
    found = load_catalog("here")
    yield found
    found.close()


def load(output: Path, run_id: str, namespace: str = "who", *more: str) -> int:
    command = ["load", str(output), "--to", f"iceberg:here.{namespace}", "--run-id", run_id]
    return main([*command, *more])


def rows_of(rows: pa.Table) -> list[str]:
    columns = sorted(rows.schema.names)
    return sorted(map(repr, rows.select(columns).to_pylist()))


def tables(catalog: Catalog, namespace: str = "who") -> dict[str, list[str]]:
    """All rows of all tables in one order, but for those that tell of the load."""
    return {
        name: rows_of(catalog.load_table(f"{namespace}.{name}").scan().to_arrow())
        for _, name in catalog.list_tables(namespace)
        if name != "idweave_runs"
    }


def held(catalog: Catalog, namespace: str = "who") -> dict[str, Any]:
    (row,) = catalog.load_table(f"{namespace}.idweave_runs").scan().to_arrow().to_pylist()
    return dict(row)


def test_loads_by_changes_end_in_the_rows_of_whole_loads(
    chain: Path, tmp_path: Path, catalog: Catalog
) -> None:
    for run_id in RUNS[1:]:
        assert load(chain, run_id) == 0
        told = held(catalog)
        how = "whole" if run_id == "r1" else "by changes"
        assert (told["run_id"], told["loaded"]) == (run_id, how)
        found = tables(catalog)
        assert ("platforms_mail" in found) == (run_id != "r3")
    assert load(chain, "r3", "whole") == 0
    assert held(catalog, "whole")["loaded"] == "whole"
    assert found == tables(catalog, "whole")
    assert load_duckdb(chain, tmp_path / "x.db") == 0
    count = {name: len(rows) for name, rows in tables_of_duckdb(tmp_path / "x.db").items()}
    assert {name: len(rows) for name, rows in found.items()} == count
    for name, of in json.loads(told["tables"]).items():
        table = catalog.load_table(f"who.{name}")
        assert of["snapshot_id"] == table.current_snapshot().snapshot_id
        assert set(table.refs()) - {"main"} <= {"idweave-r3", "idweave-r2"}
        assert "idweave-r3" in table.refs()


def test_readers_of_the_named_snapshots_see_one_run_when_a_load_stops_between_tables(
    chain: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = ("--tables", "assignments,identities,profiles,platforms,ids")
    assert load(chain, "r1", "who", *some) == 0
    before = tables(catalog)
    commit = Transaction.commit_transaction
    for stop_at, run_id in ((0, "r2"), (3, "r3"), (6, "r2")):  # of 6 tables and idweave_runs
        commits = iter(range(stop_at))

        def stopping(self: Transaction, left: Iterator[int] = commits) -> Table:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return commit(self)

        with monkeypatch.context() as patched:
            patched.setattr(Transaction, "commit_transaction", stopping)
            assert load(chain, run_id, "who", *some) == 1
        told = held(catalog)
        assert told["run_id"] == "r1"
        for name, of in json.loads(told["tables"]).items():
            scan = catalog.load_table(f"who.{name}").scan(snapshot_id=of["snapshot_id"])
            assert rows_of(scan.to_arrow()) == before[name]
    assert load(chain, "r2", "who", *some) == 0
    assert held(catalog)["run_id"] == "r2"
    assert load(chain, "r2", "whole", *some) == 0
    assert tables(catalog) == tables(catalog, "whole")
    assert load(chain, "r1", "who", *some) == 0  # back
    assert held(catalog)["loaded"] == "whole"
    assert tables(catalog) == before


def test_what_is_not_as_load_left_it_is_one_line_and_nothing_is_touched(
    chain: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = pa.schema([("x", pa.int64())])
    catalog.create_namespace("others")
    catalog.create_table("others.profiles", columns)
    some = ("--tables", "profiles,drops")
    assert load(chain, "r0", "by_hand", *some) == 0
    with catalog.load_table("by_hand.profiles").update_schema() as update:
        update.add_column("mine", LongType())
    assert load(chain, "r0", "dropped", *some) == 0
    catalog.drop_table("dropped.drops")
    assert load(chain, "r0", "lineage", *some) == 0
    runs = catalog.load_table("lineage.idweave_runs")
    rows = runs.scan().to_arrow()
    other = rows.set_column(2, rows.schema.field(2), pa.array(["/other"]))
    runs.overwrite(other.set_column(3, rows.schema.field(3), pa.array(["x"])))
    for namespace, status, line in (
        ("others", 2, "table profiles: it is there already and not from idweave load; load into"),
        ("by_hand", 1, "table profiles: column mine was changed since it was loaded; load into"),
        ("dropped", 1, "table drops: it was dropped since it was loaded; load into another"),
        ("lineage", 1, "the database holds run r0 of /other, which is not in "),
    ):
        before = {
            name: catalog.load_table(name).metadata for name in catalog.list_tables(namespace)
        }
        capsys.readouterr()
        assert load(chain, "r1", namespace) == status
        (said,) = capsys.readouterr().err.splitlines()
        assert said.startswith(line)
        now = {name: catalog.load_table(name).metadata for name in catalog.list_tables(namespace)}
        assert now == before


def test_usage_is_told_in_one_line(
    chain: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, line in (
        (["--to", "iceberg:here"], "--to: iceberg:here: allowed: iceberg:CATALOG.NAMESPACE"),
        (["--to", "iceberg:nowhere.who"], "--to: iceberg:nowhere: pyiceberg knows no such catalog"),
        (["--to", "iceberg:here.who", "--schema", "x"], "--schema: not with iceberg:CATALOG.NAM"),
    ):
        assert main(["load", str(chain), *arguments]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert said.startswith(line)
    assert catalog.list_namespaces() == []


def test_loading_what_is_there_does_nothing_and_tables_say_what_they_hold(
    chain: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(chain, "r3") == 0
    capsys.readouterr()
    before = catalog.load_table("who.idweave_runs").metadata
    assert load(chain, "r3") == 0
    assert capsys.readouterr().err == "run r3: the database holds it already; nothing was done\n"
    assert catalog.load_table("who.idweave_runs").metadata == before
    identities = catalog.load_table("who.identities")
    field = identities.schema().find_field("identity_value")
    assert field.doc == "the value, as normalised (personal data)"
    assert field.required
    (task, *_) = identities.scan().plan_files()
    assert field.field_id not in task.file.lower_bounds  # no values in metadata
    assert identities.schema().find_field("profile_id").field_id in task.file.lower_bounds
