"""Identities that no profile holds, runs without tables, and whole worlds explained."""

import contextlib
import itertools
import json
import random
from pathlib import Path

import pytest
import yaml

from idweave.pipelines.cli.main import main
from idweave.pipelines.explain import wording
from idweave.pipelines.explain.command import ask
from idweave.pipelines.explain.read import Published
from idweave.pipelines.published.identity import Identity
from tests.pipelines.explain.conftest import rows
from tests.pipelines.explain.test_explain import explained
from tests.pipelines.running import Run, backfill


@pytest.fixture(scope="module")
def unheld(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Identities that no profile holds in the end, each for another reason."""
    folder = tmp_path_factory.mktemp("unheld")
    changes = [{"type": "email", "old": "gone@x.com", "new": None}]
    web = [
        {"id": "w1", "n": 1, "c": "c1", "e": "GONE@x.com", "action": "identify"},
        {"id": "w2", "n": 2, "c": "c1", "action": "modify", "changes": changes},
        {"id": "w3", "n": 3, "c": ["c2", "c3"], "e": "refused@x.com", "action": "identify"},
    ]
    crm = [{"id": "k1", "e": "only@x.com"}, {"id": "k2", "e": "only@x.com", "p": "gold"}]
    for name, lines in (("web", web), ("crm", crm)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    source = {
        "path": "web.jsonl",
        "record_id": "id",
        "time": {"column": "n", "unit": "s"},
        "request": {"column": "action"},
        "identities": {"customer_id": "c", "email": "e"},
        "changes": "changes",
    }
    update_only = {
        "path": "crm.jsonl",
        "kind": "crm",
        "record_id": "id",
        "create": False,
        "identities": {"email": "e", "plan_code": "p"},
    }
    linked = {"link_on": ["customer_id", "email"]}
    body = {
        "sources": {"web": source, "crm": update_only},
        "identities": {"customer_id": {}, "email": {"normalise": ["lower"]}, "plan_code": {}},
        "strategies": {
            "careful": {"policy": "constrained_merge", "unique": ["customer_id"]} | linked,
            "replay": {"policy": "idsync", "preset": "default"} | linked,
        },
    }
    backfill(folder, body, "--run-id", "r")
    return folder / "out"


def test_an_identity_of_update_only_records_says_what_became_of_them(unheld: Path) -> None:
    for strategy in ("careful", "replay"):
        (found,) = explained(unheld, strategy, "email:only@x.com", "customer_id:c1")
        assert (found.verdict, found.cause["kind"]) == ("apart", "not_used")
        assert found.cause["records"] == [
            {"status": "unassigned", "reason": "update_only", "records": 2}
        ]
        assert found.cause["first"]["record_id"] == "k1"


def test_an_identity_that_may_be_in_refused_records_says_how_many_there_are(
    unheld: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["explain", str(unheld), "--strategy", "careful", "email:refused@x.com"]
    assert main([*asked, "customer_id:c1"]) == 0
    assert capsys.readouterr().out.splitlines()[4:] == [
        "  no record that this strategy used carries email:refused@x.com, and none was dropped",
        "  it may be in 1 record refused (two_values_of_unique_type), whose identities are in no "
        "table",
        "  it may be in 1 record unassigned (request_not_used), whose identities are in no table",
    ]


def test_an_identity_of_a_type_that_is_not_linked_says_where_it_may_be(unheld: Path) -> None:
    (found,) = explained(unheld, "careful", "plan_code:gold", "customer_id:c1")
    assert (found.verdict, found.cause["kind"]) == ("unknown", "unknown")
    assert {"status": "unassigned", "reason": "update_only", "records": 2} in found.cause[
        "not_looked_at"
    ]


def test_a_value_that_modify_removed_is_found_as_it_was_typed_in_the_log(unheld: Path) -> None:
    for typed in ("GONE@x.com", "gone@x.com"):
        (found,) = explained(unheld, "replay", f"email:{typed}", "customer_id:c1")
        assert (found.verdict, found.cause["kind"]) == ("apart", "parted")
        assert found.path[0]["from"] == "email:gone@x.com"


def test_many_holders_are_abbreviated() -> None:
    assert wording._profiles(["a"]) == "profile a"
    assert wording._profiles(["a", "b", "c"]) == "3 profiles: a, b, c"
    assert wording._profiles(list("abcdefg")) == ("7 profiles: a, b, c and 4 more (--json has all)")


def test_a_hub_of_one_record_is_told_in_the_singular() -> None:
    first = {"source": "web", "record_id": "r1", "event_time": None}
    cause = {"kind": "hub", "identity": "device_id:h", "rule": "hub", "records": 1}
    cause |= {"first": first}
    assert list(wording._refused(cause))[1] == (
        "  left out of 1 record, first of web r1 (without a time)"
    )


@pytest.mark.parametrize("folder_of", ["out", "out/", "out/current", "out/runs/run_id=r"])
def test_the_folder_may_be_the_runs_or_the_current_link(
    unheld: Path, folder_of: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [str(unheld.parent / folder_of), "--strategy", "careful"]
    identities = ["email:gone@x.com", "customer_id:c1"]
    assert main(["explain", *asked, *identities]) == 0
    assert capsys.readouterr().out.startswith("strategy careful (constrained_merge), run r\n")
    assert main(["explain", *asked, "--run-id", "other", *identities]) == 2
    assert capsys.readouterr().err.startswith("--run-id: other: ")


def test_a_run_without_the_tables_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_text(rows(tmp_path))
    source = {"path": "in.jsonl", "record_id": "id", "identities": {"email": "email"}}
    body = {
        "sources": {"log": source},
        "identities": {"email": {}},
        "strategies": {"one": {"policy": "merge_all"}},
        "tables": ["assignments", "identities"],
    }
    backfill(tmp_path, body, "--run-id", "r")
    capsys.readouterr()
    out = str(tmp_path / "out")
    assert main(["explain", out, "email:a", "email:b"]) == 2  # there is one strategy: it is meant
    assert capsys.readouterr().err == (
        "r: the run has no table linkages of one, which explain reads; "
        "set tables: [identities, linkages, observations, drops, assignments] or more "
        "and run again\n"
    )


def test_every_pair_and_every_dropped_linkage_of_a_world_is_explained(tmp_path: Path) -> None:
    world = tmp_path / "world"
    assert main(["simulate", str(world), "--people", "150", "--seed", "5"]) == 0
    config = yaml.safe_load((world / "idweave.yaml").read_text())
    config["sources"]["events"]["path"] = str(world / "events/*.parquet")
    config["sources"]["crm"]["path"] = str(world / "crm/*.parquet")
    config["strategies"] |= {
        "demoting": {"policy": "demote_weakest"},
        "fair": {"policy": "no_guess", "unique": ["customer_id"]},
    }
    run = backfill(tmp_path, config | {"shards": 2})
    chance = random.Random(8)
    for strategy in ("everything", "careful", "conversion", "demoting", "fair"):
        published = Published(str(tmp_path / "out"), None, strategy)
        held: dict[Identity, set[str]] = {}
        of_profile: dict[str, Identity] = {}
        for row in run.rows("identities", strategy):
            identity = Identity(row["identity_type"], row["identity_value"])
            held.setdefault(identity, set()).add(row["profile_id"])
            of_profile[row["profile_id"]] = identity
        chosen = chance.sample(sorted(of_profile), 16)
        pairs = {
            (of_profile[a], of_profile[b])
            for a, b in itertools.combinations(chosen, 2)
            if of_profile[a] != of_profile[b]
        }
        pairs = set(chance.sample(sorted(pairs), 20)) | _linked_pairs(run, strategy, chance)
        for left, right in sorted(pairs):
            (found,) = ask(published, left, right)
            together = bool(held.get(left, set()) & held.get(right, set()))
            assert found.verdict == ("together" if together else "apart"), (strategy, left, right)
            assert found.cause or found.path
    _explain_dropped(run, Published(str(tmp_path / "out"), None, "careful"))


def _linked_pairs(run: Run, strategy: str, chance: random.Random) -> set[tuple[Identity, Identity]]:
    """Pairs that a record ties: the replays part some of them."""
    rows = chance.sample(run.rows("linkages", strategy), 20)
    return {
        (
            Identity(row["left_type"], row["left_value"]),
            Identity(row["right_type"], row["right_value"]),
        )
        for row in rows
    }


def _explain_dropped(run: Run, published: Published) -> None:
    dropped = [row for row in run.rows("linkages", "careful") if row["status"] == "dropped"]
    assert dropped
    for row in dropped:
        left = Identity(row["left_type"], row["left_value"])
        right = Identity(row["right_type"], row["right_value"])
        (found,) = ask(published, left, right)
        assert (found.verdict, found.cause["kind"], found.cause["rule"]) == (
            "apart",
            "dropped_linkage",
            row["rule"],
        )


def test_an_answer_that_can_not_be_written_is_an_error(
    unheld: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["explain", str(unheld), "--strategy", "replay", "email:a", "email:b"]
    for more in ([], ["--json"]):
        with open("/dev/full", "w") as full, contextlib.redirect_stdout(full):
            assert main([*asked, *more]) == 1
        assert capsys.readouterr().err == "standard output: No space left on device\n"
