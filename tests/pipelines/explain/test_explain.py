"""`idweave explain`: why two identities are together or apart."""

import json
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from idweave.pipelines.explain.command import ask
from idweave.pipelines.explain.find_cause import Answer
from idweave.pipelines.explain.read import Published
from idweave.pipelines.published.identity import Identity


def explained(folder: Path, strategy: str, left: str, right: str, *more: str) -> list[Answer]:
    """The answers of one question."""
    run = Published(str(folder), None, strategy)
    sides = [Identity(*text.split(":", 1)) for text in (left, right)]
    return list(ask(run, sides[0], sides[1], *more))


def test_the_way_between_two_identities_is_the_shortest(folder: Path) -> None:
    (found,) = explained(folder, "everything", "email:a@x.com", "email:b@x.com")
    assert found.verdict == "together"
    assert found.profiles[0] == found.profiles[1]
    ends = [(step["from"], step["to"], step["record_count"]) for step in found.path]
    assert ends == [
        ("email:a@x.com", "device_id:d1", 2),
        ("device_id:d1", "email:b@x.com", 1),
    ]
    assert (found.path[0]["first_source"], found.path[0]["first_record_id"]) == ("log", "r01")


def test_a_dropped_linkage_is_named_with_its_rule(folder: Path) -> None:
    # newest first: r09 keeps the device with the first customer
    (found,) = explained(folder, "careful", "email:b@x.com", "device_id:d1")
    assert found.verdict == "apart"
    assert found.cause["kind"] == "dropped_linkage"
    assert found.cause["rule"] == "unique"
    assert found.cause["linkage"]["first_record_id"] == "r02"


def test_a_hub_between_two_is_named(folder: Path) -> None:
    (found,) = explained(folder, "hubless", "customer_id:c5", "customer_id:c6")
    assert found.verdict == "apart"
    assert (found.cause["kind"], found.cause["identity"]) == ("hub", "device_id:h1")
    assert [record["record_id"] for record in found.cause["between"]] == ["r06", "r07"]


def test_a_hub_itself_is_held_by_nobody(folder: Path) -> None:
    (found,) = explained(folder, "hubless", "customer_id:c5", "device_id:h1")
    assert (found.verdict, found.cause["kind"], found.cause["records"]) == ("apart", "hub", 3)


def test_a_junk_value_between_two_is_named(folder: Path) -> None:
    (found,) = explained(folder, "everything", "device_id:d2", "device_id:d3")
    assert (found.verdict, found.cause["kind"]) == ("apart", "refused_value")
    assert (found.cause["identity"], found.cause["rule"]) == ("email:null", "blocked")


def test_nothing_may_link_two(folder: Path) -> None:
    (found,) = explained(folder, "everything", "customer_id:c8", "device_id:d2")
    assert (found.verdict, found.path, found.cause) == ("apart", (), {"kind": "nothing_links"})


def test_profiles_never_cross_scopes(folder: Path) -> None:
    (found,) = explained(folder, "split", "customer_id:c8", "device_id:d2")
    assert found.cause == {"kind": "scope", "scopes": [["store"], ["site"]]}
    both = explained(folder, "split", "customer_id:c1", "device_id:d1")
    assert [(answer.scope, answer.verdict) for answer in both] == [
        ("site", "together"),
        ("store", "together"),
    ]
    (one,) = explained(folder, "split", "customer_id:c1", "device_id:d1", "store")
    assert one.path[0]["first_record_id"] == "r09"


@pytest.mark.parametrize(
    ("strategy", "right", "dropped"),
    [
        ("replay", "customer_id:c2", []),
        ("demoting", "customer_id:c2", [("device_id:d1", "demoted")]),
        ("fair", "customer_id:c2", [("device_id:d1", "contested")]),
    ],
)
def test_a_replay_tells_the_record_at_which_two_parted(
    folder: Path, strategy: str, right: str, dropped: list[tuple[str, str]]
) -> None:
    (found,) = explained(folder, strategy, "customer_id:c1", right)
    assert (found.verdict, found.cause["kind"]) == ("apart", "parted")
    assert found.cause["record"]["record_id"] == "r02"
    assert [(d["identity"], d["rule"]) for d in found.cause["drops"]] == dropped


def test_an_unknown_value_is_said_to_be_unknown(folder: Path) -> None:
    for value in ("customer_id:nobody", "customer_id:o'nobody' OR 1=1"):
        (found,) = explained(folder, "everything", value, "device_id:d2")
        assert (found.verdict, found.cause["identity"]) == ("unknown", value)


def test_a_type_that_does_not_link_is_said_so(folder: Path) -> None:
    (found,) = explained(folder, "everything", "plan_code:gold", "customer_id:c8")
    assert (found.verdict, found.cause["kind"]) == ("together", "not_linked")


def test_a_value_is_found_as_it_was_typed_in_the_log(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["explain", str(folder), "--strategy", "everything", "email:A@X.com", "device_id:d1"]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["answers"][0]["verdict"] == "together"
    assert found["answers"][0]["path"][0]["from"] == "email:a@x.com"


def test_the_page_reads_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", str(folder), "--strategy", "careful", "email:b@x.com", "device_id:d1"]
    assert main(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  linkages are added in an order; one that would break a limit is dropped"
    assert lines[3] == "email:b@x.com and device_id:d1 are APART in scope default"
    assert "  the linkage email:b@x.com - device_id:d1 was dropped: it would break unique" in lines
    assert (
        "      x dropped (unique): 1 record, 1970-01-01 00:00:01Z, first in log r02" in lines
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["email:a", "email:b"],
            "--strategy: needed; one of careful, demoting, everything, fair, hubless, "
            "replay, split",
        ),
        (
            ["--strategy", "carefull", "email:a", "email:b"],
            "--strategy: carefull: no such strategy; allowed: careful, demoting, everything, fair, "
            "hubless, replay, split; did you mean careful?",
        ),
        (
            ["--strategy", "split", "EMAIL:a", "email:b"],
            "TYPE:VALUE: EMAIL: no such identity type; allowed: customer_id, device_id, email, "
            "plan_code; did you mean email?",
        ),
        (
            ["--strategy", "split", "--scope", "sit", "email:a", "email:b"],
            "--scope: sit: no such scope; allowed: site, store; did you mean site?",
        ),
        (
            ["--strategy", "split", "emial:a", "email:b"],
            "TYPE:VALUE: emial: no such identity type; allowed: customer_id, device_id, email, "
            "plan_code; did you mean email?",
        ),
        (
            ["--strategy", "split", "email", "email:b"],
            "an identity is written TYPE:VALUE, for instance email:a@example.com",
        ),
        (
            ["--strategy", "split", "email:b", "email:b"],
            "the two identities are the same",
        ),
    ],
)
def test_wrong_questions_are_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["explain", str(folder), *arguments]) == 2
    assert capsys.readouterr().err == message + "\n"
