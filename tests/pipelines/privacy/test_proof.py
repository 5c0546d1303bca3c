"""Every run proves that nobody who is erased is shown; others are searched on demand."""

import json
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from idweave.transforms.columnar.privacy.leave_out import Found, find_suppressed
from idweave.transforms.views import suppressed
from tests.pipelines.privacy.people import KEY, World, erasure, record
from tests.pipelines.privacy.test_erasure import ANN, BOB, hashed


def access(request_id: str, **identities: str) -> dict[str, object]:
    return erasure(request_id, **identities) | {"type": "access"}


def check(world: World, *more: str) -> int:
    """`privacy check`; its exit status."""
    config = str(world.folder / "idweave.yaml")
    return main(["privacy", "check", str(world.output), "--config", config, *more])


def test_runs_are_searched_exports_are_written_and_prune_names_who_is_still_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path)
    world.body["privacy"]["exports"] = "exports"
    world.write([*ANN, *BOB], erasure("r1", email="ann@x.com"), access("r/2", uid="u2"))
    world.run("backfill", "run1", "03-01")
    assert "warning: privacy is set and id_key is not" in capsys.readouterr().err
    assert not (tmp_path / "exports").exists()
    new = record("a3", "02-03", email="ann@x.com", device="shared")
    world.write([*ANN, *BOB, new], erasure("r1", email="ann@x.com"), access("r/2", uid="u2"))
    second = world.run("refresh", "run2", "03-02")
    assert {r["identity_value"] for r in second.rows("identities", "one")} == {
        "u2", "bob@x.com", "ann@x.com", "shared",
    }  # fmt: skip
    assert second.manifest["privacy"]["proof"]["files"] > 5
    files = list(second.folder.rglob("*.parquet"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    check_export(tmp_path, second.manifest["base"])
    capsys.readouterr()
    assert check(world) == 0
    assert capsys.readouterr().out == "1 run: nobody who is erased is shown\n"
    assert check(world, "--all-runs", "--json") == 3
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert {hit["run_id"] for hit in hits} == {"run1"}
    assert {(hit["table"].partition("/")[0], hit["column"]): hit["rows"] for hit in hits} == {
        ("assignments", "profile_id"): 2, ("assignments", "record_id"): 2,
        ("identities", "profile_id"): 4, ("identities", "identity_value"): 4,
        ("linkages", "left_value"): 4, ("linkages", "right_value"): 4,
        ("linkages", "first_record_id"): 4,
        ("observations", "identities"): 2, ("observations", "record_id"): 2,
        ("profiles", "profile_id"): 1,
    }  # fmt: skip
    prune = ["prune", str(world.output), "--keep"]
    assert main([*prune, "2"]) == 0
    assert "request r1 is about people whom run1 still holds" in capsys.readouterr().out
    assert main([*prune, "1"]) == 0
    assert "request" not in capsys.readouterr().out
    assert check(world, "--all-runs") == 0
    check_values_that_are_refused_now(world)
    (tmp_path / "key").write_text("b" * 40)
    capsys.readouterr()
    assert check(world) == 2
    assert capsys.readouterr().err.startswith("privacy.key: ")


def check_values_that_are_refused_now(world: World) -> None:
    """An old record with a value that a new rule refuses is somebody's who is erased, too."""
    world.body["identities"]["email"]["blocked_patterns"] = ["ann@.*"]
    late = [record("a4", "01-05", email=" ANN@x.com"), record("a5", "02-05", email=" ANN@x.com")]
    world.write([*ANN, *BOB, *late])
    third = world.run("refresh", "run3", "03-03")
    assert [row["identity_value"] for row in third.rows("drops", "one")] == [" ANN@x.com"]
    told = {row["record_id"]: row["status"] for row in third.rows("assignments", "one")}
    assert told == {
        "b1": "assigned",
        "a5": "unassigned",
        **{hashed("record", "web", name): "suppressed" for name in ("a1", "a2", "a4")},
    }


def check_export(folder: Path, base: str) -> None:
    """Compare what Bob gets, and who may read it."""
    (made,) = (folder / "exports").iterdir()
    assert made.name == hashed("r/2")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (made, *made.iterdir())}
    assert modes == {made.name: 0o700, "profile.json": 0o600, "records.parquet": 0o600}
    told = json.loads((made / "profile.json").read_text())
    assert (told["request_id"], told["type"], told["run_id"]) == ("r/2", "access", base)
    (profile,) = told["profiles"]
    values = {row["identity_value"] for row in profile["identities"]}
    assert values == {"u2", "bob@x.com"}
    (row,) = pq.read_table(made / "records.parquet").to_pylist()
    assert (row["record_id"], row["profile_id"]) == ("b1", profile["profile_id"])
    assert {pair["value"] for pair in row["identities"]} == values


def test_a_run_that_would_show_somebody_who_is_erased_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path)
    world.write([*ANN, *BOB], erasure("r1", email="ann@x.com"))
    world.run("backfill", "run1", "03-01")

    def only_the_first(*given: object) -> Found:
        found = find_suppressed(*given)  # type: ignore[arg-type]
        return Found(found.row[found.row == 0], found.request[found.row == 0])

    monkeypatch.setattr(suppressed, "find_suppressed", only_the_first)
    capsys.readouterr()
    assert world.launch("refresh", "run2", "03-02") == 1
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if line.startswith("privacy: table ")]
    assert told[0] == (
        "privacy: table identities/strategy=one: identity_value: 2 of its rows show people who "
        "are erased; nothing was published, please report this"
    )
    assert {line.split(": ")[1].partition("/")[0] for line in told} == {
        "table identities", "table linkages", "table observations",
    }  # fmt: skip
    assert not (world.output / "runs" / "run_id=run2").exists()
    assert KEY not in "".join(lines)


def test_exports_lie_outside_of_the_output_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path)
    world.write(BOB, access("r1", uid="u2"))
    for exports, said in (
        (
            "out/exports",
            "outside of it, which only those may read who answer requests",
        ),
        ("s3://bucket/x", "no local folder; only there files can be their owner's alone"),
    ):
        world.body["privacy"]["exports"] = exports
        assert world.launch("backfill", "run1", "03-01") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("privacy.exports: ")
        assert line.endswith(said)
