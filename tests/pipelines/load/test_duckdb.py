"""`idweave load --to duckdb:FILE` of published runs."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.published.parts import REMEDY
from idweave.transforms.tables.registry import TABLES
from tests.pipelines.load.conftest import RUNS
from tests.pipelines.running import RunFolder

Rows = dict[str, list[str]]


def load(output: Path, file: Path, *more: str) -> int:
    return main(["load", str(output), "--to", f"duckdb:{file}", *more])


def asked(file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as database:
        return database.execute(query).fetchall()


def tables(file: Path, schema: str = "main") -> Rows:
    """All rows of all tables in one order, but for those that tell of the load."""
    with duckdb.connect(str(file), read_only=True) as database:
        names = database.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? ORDER BY ALL", [schema]
        ).fetchall()
        return {
            name: sorted(map(repr, database.execute(f"FROM {schema}.{name}").fetchall()))
            for (name,) in names
            if name != "idweave_runs"
        }


def held(file: Path) -> tuple[Any, ...]:
    (row,) = asked(file, "SELECT run_id, base, loaded FROM idweave_runs")
    return row


def test_loads_by_changes_end_in_the_rows_of_whole_loads(chain: Path, tmp_path: Path) -> None:
    followed = tmp_path / "followed.db"
    for place, run_id in enumerate(RUNS):
        assert load(chain, followed, "--run-id", run_id) == 0
        base = RUNS[place - 1] if place else None
        assert held(followed) == (run_id, base, "by changes" if place else "whole")
        whole = tmp_path / f"{run_id}.db"
        assert load(chain, whole, "--run-id", run_id) == 0
        assert held(whole)[2] == "whole"
        found = tables(followed)
        assert found == tables(whole)
        assert ("platforms_mail" in found) == (place < 3)
    assert load(chain, followed, "--run-id", "r1") == 0  # back
    assert held(followed) == ("r1", "r0", "whole")
    assert tables(followed) == tables(tmp_path / "r1.db")


def test_all_rows_types_and_comments_are_those_of_the_run(chain: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    assert load(chain, file, "--schema", "who", "--run-id", "r2") == 0
    run = RunFolder(chain / "runs/run_id=r2")
    found = tables(file, "who")
    for told in run.manifest["tables"]:
        if not told["table"].startswith("changes/"):
            name = "_".join(filter(None, (told["table"], told["name"])))
            where = f" WHERE strategy = '{told['strategy']}'" if told["strategy"] else ""
            folder = chain / "runs/run_id=r2" / told["folder"]
            columns = ", ".join(pq.read_schema(next(folder.glob("*"))).names)
            if told["table"] == "decisions":
                columns = columns.replace("strategy", "only_strategy")
            query = f"SELECT {columns} FROM who.{name}{where}"
            files = f"SELECT * FROM read_parquet('{folder}/*.parquet', hive_partitioning = false)"
            assert asked(file, f"({query}) EXCEPT ALL ({files})") == []
            assert asked(file, f"({files}) EXCEPT ALL ({query})") == []
            del found[name][: told["rows"]]
    assert not any(found.values())
    aliases = "SELECT strategy, count(alias_profile_id) > 0 FROM who.assignments GROUP BY 1"
    assert dict(asked(file, aliases)) == {"all": False, "careful": True}
    comments = "SELECT column_name, comment, data_type, is_nullable FROM duckdb_columns() WHERE "
    of_identities = asked(file, comments + "table_name = 'identities'")
    assert of_identities[0] == ("strategy", "the strategy that the row is of", "VARCHAR", False)
    assert of_identities[2][:2] == ("identity_value", "the value, as normalised (personal data)")
    assert of_identities[7][2:] == ("TIMESTAMP WITH TIME ZONE", True)
    of_table = "SELECT comment FROM duckdb_tables() WHERE table_name = 'identities'"
    about = TABLES["identities"].about
    assert asked(file, of_table)[0][0].startswith(f"A row: {about}. Key, of each strategy: ident")


def test_ids_and_personal_data_are_stored_as_they_are(chain: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    assert load(chain, file, "--tables", "assignments") == 0
    ((made,),) = asked(file, "SELECT sql FROM duckdb_tables() WHERE table_name = 'assignments'")
    columns = made.partition("(")[2].replace('"', "").split(", ")
    raw = [column.split()[0] for column in columns if "COMPRESSION Uncompressed" in column]
    assert raw == ["record_id", "profile_id", "alias_profile_id"]


def test_loading_what_is_there_does_nothing(
    chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.db"
    assert load(chain, file) == 0
    assert capsys.readouterr().out == f"{chain}/runs/run_id=r3\n"
    when = asked(file, "SELECT epoch_us(loaded_at) FROM idweave_runs")
    assert load(chain, file) == 0
    said = capsys.readouterr()
    assert said.err == "run r3: the database holds it already; nothing was done\n"
    assert said.out == f"{chain}/runs/run_id=r3\n"
    assert asked(file, "SELECT epoch_us(loaded_at) FROM idweave_runs") == when


def test_tables_that_are_not_asked_for_any_more_go(chain: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    assert load(chain, file) == 0
    assert load(chain, file, "--tables", "identities,platforms") == 0
    assert list(tables(file)) == ["identities", "platforms_ads"]


OTHERS = {
    "CREATE TABLE profiles (x INT)": (
        2, "table profiles: it is there already and not from idweave load; load into another"
    ),
    "CREATE TABLE idweave_runs (x INT)": (
        1, "table idweave_runs: not what idweave load writes; load into another --schema"
    ),
}  # fmt: skip
BY_HAND = {
    "ALTER TABLE profiles ADD COLUMN mine INT": "table profiles: column mine was changed since",
    "ALTER TABLE identities ALTER linked TYPE VARCHAR": "table identities: column linked was chang",
    "DROP TABLE drops": "table drops: it was dropped since it was loaded; load into another --sch",
    "UPDATE idweave_runs SET folder = '/other', run_id = 'x'": (
        "the database holds run x of /other, which is not in "
    ),
    "UPDATE idweave_runs SET folder = '/other', manifest_sha256 = 'x'": (
        "the database holds run r0 of /other, which is not in "
    ),
}


def test_what_is_not_as_load_left_it_is_one_line_and_nothing_is_touched(
    chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole.db"
    assert load(chain, whole, "--run-id", "r0") == 0
    cases = [(before, status, line, b"") for before, (status, line) in OTHERS.items()]
    cases += [(before, 1, line, whole.read_bytes()) for before, line in BY_HAND.items()]
    for number, (before, status, line, start) in enumerate(cases):
        file = tmp_path / f"{number}.db"
        if start:
            file.write_bytes(start)
        with duckdb.connect(str(file)) as database:
            database.execute(before)
        then = tables(file), asked(file, "SELECT * FROM duckdb_columns() WHERE NOT internal")
        capsys.readouterr()
        assert load(chain, file, "--run-id", "r1") == status, before
        said = capsys.readouterr().err.splitlines()
        assert [one[: len(line)] for one in said] == [line]
        now = tables(file), asked(file, "SELECT * FROM duckdb_columns() WHERE NOT internal")
        assert now == then


def test_usage_is_checked_before_anything_is_opened(
    chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, line in (
        (["--tables", "profile"], "--tables: profile: no table of run r3; did you mean"),
        (["--tables", "changes/profiles"], "--tables: changes/profiles: no table of run r3;"),
        (["--schema", "a b"], "--schema: a b: allowed: letters, digits and _, no digit first"),
        (["--run-id", "r9"], "--run-id: r9: no such run in "),
        (
            ["--to", "oracle:x"],
            "--to: oracle: no such database; allowed: duckdb:FILE, postgresql://…, ",
        ),
    ):
        assert load(chain, tmp_path / "x.db", *arguments) == 2
        assert capsys.readouterr().err.startswith(line)
    assert not (tmp_path / "x.db").exists()


def test_files_that_duckdb_takes_for_a_pattern_are_read_for_it(chain: Path, tmp_path: Path) -> None:
    (tmp_path / "out[1]").symlink_to(chain)
    loads = {tmp_path / "a.db": chain, tmp_path / "b.db": tmp_path / "out[1]"}
    for file, output in loads.items():
        assert load(output, file, "--run-id", "r2") == 0
    assert tables(tmp_path / "a.db") == tables(tmp_path / "b.db")


def _without_a_row(part: Path) -> None:
    pq.write_table(pq.ParquetFile(part).read().slice(1), part)


def _cut_short(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-100])


def _overwritten(part: Path) -> None:
    data = part.read_bytes()
    part.write_bytes(data[:4] + b"\xff" * 100 + data[104:])


def test_a_damaged_run_leaves_the_database_as_it_was(
    chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.db"
    assert load(chain, file, "--run-id", "r0") == 0
    before = tables(file)
    shutil.copytree(chain / "runs/run_id=r1", tmp_path / "runs/run_id=r1")
    folder = tmp_path / "runs/run_id=r1/profiles/strategy=all"
    part = folder / "part-00000.parquet"
    with duckdb.connect(str(file)) as database:  # as if it was loaded from here
        database.execute("UPDATE idweave_runs SET folder = ?", [str(tmp_path)])
    rows = pq.read_metadata(part).num_rows
    fewer = (
        f"{folder}: {rows - 1} rows in 1 file, where the manifest of run r1 tells of {rows}: "
        f"it is damaged; {REMEDY}\n"
    )
    unreadable = f"{part}: run r1 can't be read there (damaged, or removed meanwhile); {REMEDY}\n"
    right = part.read_bytes()
    for damage, line in (
        (_without_a_row, fewer), (_cut_short, unreadable), (_overwritten, unreadable)
    ):  # fmt: skip
        part.write_bytes(right)
        damage(part)
        capsys.readouterr()
        assert load(tmp_path, file, "--run-id", "r1") == 1
        assert capsys.readouterr().err == line
        assert tables(file) == before
        assert held(file)[0] == "r0"
