"""`idweave profile` on a run of all tables that it can read, row by row."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.profile.small_run import ANON, LOST, OLD, ONE, TABLES, TWO, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("a 'run' [x]"))


def ask(capsys: pytest.CaptureFixture[str], folder: Path, asked: str, *more: str) -> dict[str, Any]:
    assert main(["profile", str(folder), "--strategy", "careful", "--json", *more, asked]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_all_that_is_known_of_a_profile_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = "2026-03-01T00:00:00Z"
    answer = ask(capsys, folder, "email:ann@example.com")
    assert answer | {"profiles": []} == {
        "run_id": "r2", "strategy": "careful", "asked": "email:ann@example.com",
        "status": "found", "id": None, "profiles_in_all": 1, "profiles": [],
    }  # fmt: skip
    (profile,) = answer["profiles"]
    assert profile == {
        "profile_id": ONE, "scope": "shop", "first_seen": day, "last_seen": day,
        "record_count": 3, "identity_count": 2, "known": True, "orphaned": False,
        "linked_from": None,
        "identities": [
            {"identity_type": "email", "identity_value": "ann@example.com", "linked": True,
             "first_seen": day, "last_seen": day, "record_count": 3},
            {"identity_type": "city", "identity_value": "O'Fallon", "linked": False,
             "first_seen": day, "last_seen": None, "record_count": 1},
        ],
        "attributes": {
            "plan": {"value": "gold", "rule": "newest", "candidates": 2, "source": "crm",
                     "record_id": "k-17", "event_time": day},
            "spent": {"value": 12, "rule": "sum", "candidates": 3, "source": None,
                      "record_id": None, "event_time": None},
        },
        "audiences": {"vip": {"member_since": day}},
        "groups": {"household": {"group_id": "g1", "profile_count": 1, "has_dog": True}},
        "aliases": [{"alias_id": ANON, "profile_id": ONE, "scope": "shop", "from_time": day,
                     "to_time": day, "identity_type": "device_id", "identity_value": "d1",
                     "source": "web", "record_id": "w-1", "record_count": 2}],
        "platforms": {"ads": {"em": ["ab12cd"], "plan": "gold"}},
        "past_ids": [{"profile_id": OLD, "status": "merged", "born_run": "r1", "born_at": day,
                      "ended_run": "r2", "ended_at": day}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "more", "held"),
    [
        ("email: ANN@example.com ", [], [ONE]),  # as the type's normalisers write it
        ("email:BOB@example.com", [], [TWO]),  # as typed
        ("city:O'Fallon", [], [ONE, TWO]),
        ("city:O'Fallon", ["--scope", "post"], [TWO]),
        ("email:ann@example.com", ["--scope", "post"], []),
        ("email:' OR 1=1 --", [], []),
        (f"id:{ONE}", [], [ONE]),
        (f"id:{OLD}", [], [ONE]),
        (f"id:{OLD}", ["--scope", "post"], []),
        (f"id:{LOST}", [], []),
        (f"id:{'9' * 32}", [], []),
    ],
)
def test_whoever_is_meant_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str], asked: str, more: list[str], held: list[str]
) -> None:
    answer = ask(capsys, folder, asked, *more)
    assert [profile["profile_id"] for profile in answer["profiles"]] == held
    assert (answer["status"], answer["profiles_in_all"]) == (
        "found" if held else "not_found",
        len(held),
    )


def page(capsys: pytest.CaptureFixture[str], folder: Path, asked: str, *more: str) -> str:
    assert main(["profile", str(folder), "--strategy", "careful", *more, asked]) == 0
    return capsys.readouterr().out


def test_the_page_masks_values_unless_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = page(capsys, folder, "email:ann@example.com")
    for value in ("ann@", "O'Fallon", "gold", "ab12cd", "k-17"):
        assert value not in hidden
    shown = page(capsys, folder, "email:ann@example.com", "--show-values")
    for line in (
        "email:ann@example.com is held by 1 profile",
        "    city:O'Fallon  1 record, 2026-03-01 00:00:00Z to without a time, not linked",
        "    plan: gold  (newest of 2, from crm k-17, 2026-03-01 00:00:00Z)",
        "    spent: 12  (sum of 3)",
        "  audience vip, member since 2026-03-01 00:00:00Z",
        "  group household: group_id g1, profile_count 1, has_dog True",
        f"  alias {ANON} of {ONE}, 2026-03-01 00:00:00Z",
        "  platform ads: em [ab12cd], plan gold",
        f"  past id {OLD}, merged in run r2 (2026-03-01 00:00:00Z)",
    ):
        assert line in shown.splitlines()


def test_what_became_of_an_id_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    merged = page(capsys, folder, f"id:{OLD}")
    assert f"id:{OLD} was merged in run r2 (2026-03-01 00:00:00Z); what follows it is id:{ONE}" in (
        merged
    )
    gone = page(capsys, folder, f"id:{LOST}")
    assert f"id:{LOST}: not_found; it is gone since run r2 (2026-03-01 00:00:00Z)" in gone
    assert f"id:{'9' * 32}: not_found" in page(capsys, folder, f"id:{'9' * 32}")
    assert "email:n…@e….com: not_found" in page(capsys, folder, "email:nobody@example.com")


def test_tables_that_the_run_lacks_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = {name.partition("/")[0] for name in TABLES}
    folder = write_run(tmp_path, tuple(every - {"identities"}))
    (profile,) = ask(capsys, folder, f"id:{ONE}")["profiles"]
    assert (profile["scope"], len(profile["identities"])) == ("shop", 2)
    for part in ("attributes", "audiences", "groups", "aliases", "platforms", "past_ids"):
        assert not profile[part]
    assert "the run has no table profiles" in page(capsys, folder, f"id:{ONE}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--strategy", "carful", "email:a"], "no such strategy; allowed: careful, loose; did you"),
        (["email:a"], "--strategy: needed; one of careful, loose"),
        (["--strategy", "careful", "emial:a"], "no such identity type; allowed: email, city; did"),
        (["--strategy", "careful", "--scope", "x", "email:a"], "--scope: x: no such scope"),
        (["--strategy", "careful", "ann"], "an identity is written TYPE:VALUE"),
        (["--strategy", "careful", "email:\udcff"], "TYPE:VALUE: not UTF-8"),
        (["--strategy", "loose", "email:a"], "r2: the run has no table identities of loose"),
    ],
)
def test_what_the_run_lacks_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["profile", str(folder), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_type_that_is_called_id_is_found_where_no_profile_has_the_id(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    shutil.copytree(folder, output)
    run = output / "runs/run_id=r2"
    part = run / "identities/strategy=careful/part-00000.parquet"
    table = pq.ParquetFile(part).read()
    held = table.slice(0, 1).to_pylist()[0] | {"identity_type": "id", "linked": False}
    held |= {"identity_value": "Ann 17"}
    named_like_a_profile = held | {"identity_value": TWO, "profile_id": ONE}
    more = pa.Table.from_pylist([held, named_like_a_profile], table.schema)
    pq.write_table(pa.concat_tables([table, more]), part)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["configuration"]["identities"]["id"] = {"normalise": []}
    (told,) = (t for t in manifest["tables"] if t["folder"] == "identities/strategy=careful")
    told["rows"] += 2
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert [p["profile_id"] for p in ask(capsys, output, "id:Ann 17")["profiles"]] == [ONE]
    assert [p["profile_id"] for p in ask(capsys, output, f"id:{TWO}")["profiles"]] == [TWO]
    assert "id:… …: not_found" in page(capsys, output, "id:Abc 18")
    assert "id:… … is held by 1 profile" in page(capsys, output, "id:Ann 17")
