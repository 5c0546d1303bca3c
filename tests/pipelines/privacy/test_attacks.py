"""What a privacy officer would try, each with its answer."""

import json
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from tests.oracle.suppressing import hashed
from tests.pipelines.privacy.attacked import (
    COOKIE,
    CUSTOMER,
    HERS,
    KEY,
    MAIL,
    REQUESTS,
    assigned,
    day,
    request,
    write_lines,
)
from tests.pipelines.privacy.conftest import Attacked
from tests.pipelines.privacy.searching import files_below, found_in
from tests.pipelines.running import RunFolder, beside

OWN = {"v0", "v1", "v2", "v3", "c1"}  # her records
STRATEGIES = ("careful", "visits")


def suppressed(run: RunFolder, strategy: str) -> set[tuple[str, str]]:
    rows = run.rows("assignments", strategy)
    found = [row for row in rows if row["status"] == "suppressed"]
    rest = {row[c] for row in found for c in row if c not in ("source", "record_id", "status")}
    assert rest <= {None}
    return {(row["source"], row["record_id"]) for row in found}


def hashes(*records: str) -> set[tuple[str, str]]:
    """Suppressed rows of records of the log, and of those of the CRM that begin with `c`."""
    sources = [("crm" if name.startswith("c") else "web", name) for name in records]
    return {(source, hashed(KEY.encode(), "record", source, name)) for source, name in sources}


def requests(run: RunFolder) -> dict[str, tuple[str, int, int, int, int]]:
    rows = run.rows_of("requests")
    counts = ("profiles", "records", "identities", "kept_identities")
    return {row["request_id"]: (row["status"], *(row[c] for c in counts)) for row in rows}


def test_she_is_erased_and_nobody_else_whatever_else_was_asked(attacked: Attacked) -> None:
    first, run = attacked.run("r1"), attacked.run("r2")
    assert requests(run) == {
        "erase-vera": ("completed", 1, 5, 3, 0),
        "erase-by-device": ("invalid", 0, 0, 0, 0),
        "erase-by-cookie": ("invalid", 0, 0, 0, 0),
        "erase-neighbour": ("not_found", 0, 0, 1, 0),
        "erase-claimed": ("completed", 1, 1, 1, 1),
        "erase-strangely": ("invalid", 0, 0, 0, 0),
        "erase-tomorrow": ("invalid", 0, 0, 0, 0),
        "see-nora": ("completed", 1, 2, 0, 0),
        "cancelled": ("cancelled", 0, 0, 0, 0),
    }
    open_ones = {"erase-vera", "erase-neighbour", "erase-claimed", "see-nora"}
    assert {name for name, row in requests(first).items() if row[0] == "pending"} == open_ones
    before, after = assigned(first, "careful"), assigned(run, "careful")
    assert set(after) == {"n1", "n2", "w1", "w2", "o1"}
    assert all(before[name] == after[name] for name in after)
    for strategy in STRATEGIES:
        assert suppressed(run, strategy) == hashes(*OWN, "m1", "x1")


def test_who_claims_an_e_mail_after_the_fact_erases_only_their_own(attacked: Attacked) -> None:
    run = attacked.run("r2")
    walt = assigned(run, "careful")["w1"][1]
    held = {
        r["identity_value"] for r in run.rows("identities", "careful") if r["profile_id"] == walt
    }
    assert held == {"W-1", "walt@other.example"}


def test_no_file_holds_a_byte_of_hers_but_what_says_remove(attacked: Attacked) -> None:
    for run_id, output, values in (("r2", "out", HERS), ("r3", "copy", {*HERS} - {CUSTOMER})):
        run = attacked.run(run_id, output)
        told = run.folder / "changes"  # what is to be removed since the base, which has her
        files = files_below(run.folder)
        files = [f for f in files if told not in f.parents or "strategy=careful" in str(f)]
        assert len(files) > 20
        assert found_in(files, values) == []
    assert found_in(files_below(attacked.run("r1").folder), HERS)


def test_the_platform_is_told_to_remove_her(attacked: Attacked) -> None:
    told = attacked.run("r2").rows("changes/platforms", "ads")
    removed = [row for row in told if row["name"] == HERS[3]]
    assert [row["op"] for row in removed] == ["remove"]
    erased = {row["profile_id"] for row in removed}
    for table in ("assignments", "identities", "profiles"):
        rows = attacked.run("r2").rows(f"changes/{table}", "careful")
        ops = {row["op"] for row in rows if row["profile_id"] in erased}
        assert ops == {"erase"}


def test_late_records_and_copies_of_record_ids_bring_nothing_back(attacked: Attacked) -> None:
    run = attacked.run("r3", "copy")
    for strategy in ("gentle", "visits"):
        own = OWN - {"c1"} | {"late1", "late2", "m1", "x1"}
        assert suppressed(run, strategy) == hashes(*own)
        statuses = [
            (row["source"], row["status"])
            for row in run.rows("assignments", strategy)
            if row["record_id"] in ("v1", "n1")
        ]
        assert sorted(statuses) == [("crm", "assigned"), ("web", "assigned"), ("web", "duplicate")]


def test_in_a_copy_an_older_base_and_another_name_of_the_strategy_who_comes_new_is_new(
    attacked: Attacked,
) -> None:
    run = attacked.run("r3", "copy")
    assert requests(run)["erase-vera"] == ("completed", 1, 5, 3, 0)
    status, profile = assigned(run, "gentle")["new1"]
    assert status == "assigned"
    rows = [row for of in ("r1", "r2") for row in attacked.run(of).rows("ids", "careful")]
    assert profile not in {row["profile_id"] for row in rows if row["status"] == "erased"}


def test_a_decision_does_not_name_her(attacked: Attacked) -> None:
    (row,) = attacked.run("r3", "copy").rows("decisions", "gentle")
    assert (row["id"], row["outcome"]) == ("d1", "no_effect")
    assert row["left_value"] == hashed(KEY.encode(), "identity", "email", MAIL)


def test_groups_aliases_and_audiences_know_only_who_is_left(attacked: Attacked) -> None:
    run = attacked.run("r2")
    nora = assigned(run, "careful")["n1"][1]
    for group in ("home", "cookie"):
        assert [row["profile_id"] for row in run.rows("groups", group)] == [nora]
    assert [row["profile_count"] for row in run.rows("group_attributes", "home")] == [1]
    assert len(attacked.run("r1").rows("groups", "home")) == 2
    assert attacked.run("r1").rows("aliases", "visits")
    assert run.rows("aliases", "visits") == []
    left = {profile for _, profile in assigned(run, "careful").values()}
    assert {row["profile_id"] for row in run.rows("audiences", "all")} == left


def test_requests_that_change_are_other_input_for_a_run_id_that_is_there(
    attacked: Attacked, capsys: pytest.CaptureFixture[str]
) -> None:
    own = attacked.folder / "requests.jsonl"
    before = own.read_text()
    write_lines(own, [*REQUESTS, request("more", "erasure", ("customer", "O-1"))])
    status = attacked.launch("refresh", "--run-id", "r2")
    own.write_text(before)
    assert status != 0


def test_nothing_that_was_said_names_her_not_even_with_debug(attacked: Attacked) -> None:
    said = attacked.folder / "said.log"
    said.write_text(attacked.said.getvalue())
    assert "r3" in said.read_text()
    assert found_in([said], HERS) == []
    for run_id in ("r1", "r2"):
        rows = attacked.run(run_id).quarantine()
        assert [(row["position"], row["raw_text"]) for row in rows] == [(11, None)]


@pytest.mark.parametrize("attack", ["key", "normaliser", "no privacy"])
def test_another_key_other_normalisers_and_no_privacy_at_all_are_refused(
    attack: str, attacked: Attacked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = dict(attacked.body)
    if attack == "key":
        (tmp_path / "other").write_text("another key of thirty-two bytes or more")
        body["privacy"] = body["privacy"] | {"key": f"file:{tmp_path / 'other'}"}
    elif attack == "normaliser":
        body["identities"] = body["identities"] | {"email": {"normalise": ["trim"]}}
    else:
        del body["privacy"]
    before = attacked.said.tell()
    assert attacked.launch("refresh", "--run-id", "never", body=body) == 2
    said = attacked.said.getvalue()[before:]
    assert len(said.splitlines()) == 1
    assert "privacy" in said or "normalise" in said
    assert not [value for value in (*HERS, KEY, "another key") if value in said]
    assert not (attacked.folder / "out/runs/run_id=never").exists()


def test_a_killed_run_leaves_no_byte_of_hers(attacked: Attacked) -> None:
    config = attacked.folder / "idweave.yaml"
    attacked.launch("validate", body=attacked.body | {"split_bytes": 1024})
    output = attacked.folder / "out"
    line = ["refresh", str(config), "--output", str(output), "--run-id", "killed"]
    with beside([*line, "--base", "r2", "--as-of", day(31)], once="/resolved/") as process:
        process.kill()
    left = files_below(output / "_work")
    assert len(left) >= 60
    assert found_in(left, {*HERS} - {CUSTOMER}) == []  # new1 carries that
    assert json.loads((output / "current.json").read_text())["run_id"] == "r2"
    assert COOKIE.encode() in b"".join(f.read_bytes() for f in left)


def test_who_goes_back_to_a_run_before_the_erasure_is_warned(
    attacked: Attacked, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(attacked.folder / "out")
    for run_id, warned in (("r1", True), ("r2", False)):
        assert main(["runs", output, "--make-current", run_id]) == 0
        assert ("people who are erased are shown" in capsys.readouterr().err) == warned


def test_an_export_is_for_its_owner_alone_and_holds_nobody_else(attacked: Attacked) -> None:
    (folder,) = (attacked.folder / "exports").iterdir()
    files = files_below(folder)
    assert [file.name for file in files] == ["profile.json", "records.parquet"]
    assert {place.stat().st_mode & 0o077 for place in (folder, *files)} == {0}
    assert "nora" not in folder.name
    others = [*HERS, "walt@other.example", "W-1", "M-666", "olga@other.example"]
    assert found_in(files, ["nora@home.example"]) != []
    assert found_in(files, others) == []


def test_who_asks_why_she_is_nowhere_hears_how_many_records_are_suppressed(
    attacked: Attacked, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [f"customer:{CUSTOMER}", "customer:N-1", "--strategy", "careful", "--run-id", "r2"]
    assert main(["explain", str(attacked.folder / "out"), *asked]) == 0
    told = "  it may be in 7 records suppressed, whose identities are in no table"
    assert told in capsys.readouterr().out.splitlines()
