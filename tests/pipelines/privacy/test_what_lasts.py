"""What is erased stays so: new records, backfills, renamed strategies, other keys, lifts."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.errors import RunFailed
from idweave.pipelines.privacy.erased import erased_before, with_followers
from idweave.pipelines.privacy.request import Request
from idweave.pipelines.privacy.resolve import resolve
from idweave.pipelines.privacy.taken_over import suppressions_of
from idweave.pipelines.published.list_runs import NO_MANIFEST
from idweave.pipelines.run.base import Base, open_base
from tests.pipelines.privacy.people import World, erasure, of_run, record
from tests.pipelines.privacy.test_erasure import ANN, BOB, hashed, ids, statuses
from tests.pipelines.running import write_config

OLD = record("n1", "01-20", email="ann@x.com")  # came late, of before the request
NEW = record("n2", "03-20", email="ann@x.com")
DECISION = (
    '{"id": "d1", "action": "apart", "left_type": "email", "left_value": "ann@x.com", '
    '"right_type": "uid", "right_value": "u2", "decided_at": "2026-01-01"}\n'
)
NOBODY = pa.table({"profile_id": pa.array([], pa.string())})
SOMEBODY = pa.table({"profile_id": ["0" * 32]})
ASKS = Request("r9", "erasure", 1, (("uid", "u2"),))
STATUS, VALUE = ("ids/strategy=one", "status"), ("identities/strategy=one", "identity_value")


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world after the run that erased Ann."""
    world = World(tmp_path_factory.mktemp("world"))
    (world.folder / "decisions.jsonl").write_text(DECISION)
    world.body["decisions"] = "decisions.jsonl"
    world.write([*ANN, *BOB], erasure("r1", uid="u1"))
    world.run("backfill", "run1", "03-01")
    world.run("refresh", "run2", "03-02")
    return world


def test_a_new_person_gets_a_new_id_whatever_the_next_run_is(erased: World) -> None:
    world = erased
    (ann,) = [profile for profile, status in ids(world.current()).items() if status == "erased"]

    world.body["strategies"] = {"renamed": {"policy": "merge_all"}}
    world.body["privacy"] |= {"strategy": "renamed"}
    world.write([*ANN, *BOB, OLD, NEW])  # the request is in no file any more
    for command, run_id in (("backfill", "run3"), ("refresh", "run4")):
        run = world.run(command, run_id, "04-01")
        hidden = {hashed("record", "web", name) for name in ("a1", "a2", "n1")}
        told = statuses(run, "renamed")
        assert told == dict.fromkeys(hidden, "suppressed") | {"b1": "assigned", "n2": "assigned"}
        (now,) = {
            row["profile_id"]
            for row in run.rows("assignments", "renamed")
            if row["record_id"] == "n2"
        }
        assert ids(run, "renamed")[ann] == "erased"
        assert ids(run, "renamed")[now] == "live"
        assert {r["request_id"]: r["status"] for r in of_run(run, "requests")} == {
            "r1": "completed"
        }
        assert of_run(run, "requests")[0]["sources"][0]["records"] == 3
        (decision,) = run.rows("decisions", "renamed")
        assert decision["left_value"] == hashed("identity", "email", "ann@x.com")
        assert decision["right_value"] == hashed("identity", "uid", "u2")
        assert decision["outcome"] == "no_effect"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"privacy": None}, "privacy: is missing, and run "),
        ({"key": "another key, which has forty bytes, too!"}, "privacy.key: file:"),
        ({"normalise": ["trim"]}, "identities.email.normalise: [trim]: other normalisers than "),
        ({"type": "mail"}, "identities.email: is missing, and run "),
        ({"exports": "out/exports"}, "privacy.exports: "),
    ],
)
def test_what_would_bring_a_person_back_is_an_error(
    changes: dict[str, object], said: str, erased: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = erased.changed(changes)
    capsys.readouterr()
    assert world.launch("backfill", "wrong", "05-01") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(said)
    assert "ann" not in line


def test_a_lift_ends_the_suppression_of_identities_alone(tmp_path: Path) -> None:
    world = World(tmp_path, tables=["assignments", "identities", "drops", "ids"])
    world.body["privacy"] |= {"accept_new": False}
    world.write([*ANN, *BOB], erasure("r1", uid="u1"))
    world.run("backfill", "run1", "03-01")
    world.write([*ANN, *BOB, NEW], erasure("r1", uid="u1"))
    second = world.run("refresh", "run2", "03-02")
    hidden = [hashed("record", "web", name) for name in ("a1", "a2", "n2")]
    assert statuses(second) == dict.fromkeys(hidden, "suppressed") | {"b1": "assigned"}
    asked = "2026-03-02T00:00:00Z"
    lift = {"request_id": "r2", "type": "lift", "submitted_at": asked, "lifts": "r1"}
    world.write([*ANN, *BOB, NEW], lift, lift | {"request_id": "r3", "lifts": "nobody"})
    third = world.run("refresh", "run3", "03-03", "--base", "run1")
    assert statuses(third) == dict.fromkeys(hidden[:2], "suppressed") | {
        "b1": "assigned", "n2": "assigned",
    }  # fmt: skip
    assert {r["request_id"]: r["status"] for r in of_run(third, "requests")} == {
        "r1": "completed", "r2": "completed", "r3": "not_found",
    }  # fmt: skip
    kinds = [row["kind"] for row in of_run(third, "suppressions")]
    assert kinds == ["lift", "record", "record"]


def damaged(world: World, output: Path, table: str, column: str) -> str:
    """Copy the runs, write over the first page of a column; returns what is to be said."""
    shutil.copytree(world.output, output, symlinks=True)
    (path,) = (output / "runs/run_id=run2" / table).glob("*.parquet")
    group = pq.read_metadata(path).row_group(0)
    chunks = [group.column(place) for place in range(group.num_columns)]
    (chunk,) = [of for of in chunks if of.path_in_schema == column]
    at = chunk.dictionary_page_offset or chunk.data_page_offset
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + b"\xff" * 16 + whole[at + 16 :])
    return f"{path}: run run2 can't be read there (damaged, or removed meanwhile); bring the file "


@pytest.mark.parametrize(
    ("of", "read"),
    [
        (("suppressions", "hash"), suppressions_of),
        (STATUS, lambda base: erased_before([base])),
        (STATUS, lambda base: with_followers(base, SOMEBODY)),
        (VALUE, lambda base: resolve(base, "one", [ASKS], NOBODY)),
    ],
)
def test_whoever_reads_a_page_that_is_damaged_behind_a_whole_footer_names_its_file(
    of: tuple[str, str], read: Callable[[Base], object], erased: World, tmp_path: Path
) -> None:
    line = damaged(erased, tmp_path / "out", *of)
    base = open_base(str(tmp_path / "out"), "run2")
    assert base is not None
    with pytest.raises(RunFailed) as failed:
        read(base)
    assert str(failed.value).startswith(line)


def test_a_run_tells_what_is_damaged_and_the_remedy_that_it_names_works(
    erased: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = erased.changed({})
    world.output = tmp_path / "out"
    line = damaged(erased, world.output, *STATUS)
    assert main(["runs", str(world.output), "--make-current", "run2"]) == 0
    assert world.launch("backfill", "run9", "04-01") == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(line)
    assert main(["runs", str(world.output), "--make-current", "run1"]) == 0
    assert world.current().manifest["run_id"] == "run1"


def test_no_search_passes_over_files_of_a_run_that_lost_its_manifest(
    erased: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(erased.output, tmp_path / "out", symlinks=True)
    lost = tmp_path / "out/runs/run_id=run1"
    (lost / "manifest.json").unlink()
    config = write_config(erased.folder, erased.body)
    search = ["privacy", "check", str(tmp_path / "out"), "--config", str(config)]
    assert main(search) == 0
    assert main([*search, "--all-runs"]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == f"{lost}: {NO_MANIFEST}: nobody knows what it shows"
