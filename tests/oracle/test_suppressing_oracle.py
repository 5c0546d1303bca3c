"""The plain reading of SEMANTICS 12: decisions, copies and changes, on cases made by hand."""

from tests.oracle.decisions import Decision
from tests.oracle.test_requests_oracle import (
    ALL,
    HERS,
    erasure,
    hash_of,
    identity,
    play,
    record,
    records_of,
    told,
)


def test_a_decision_on_a_suppressed_identity_has_no_effect_and_its_values_are_hashes() -> None:
    decisions = [Decision("d", "together", identity("ex"), identity("cB"), 1, decided_by="me")]
    asked = [erasure("q", 50, "cA")]
    records = [*HERS, record("3", 3, "cB"), record("4", 51, "ex")]
    apart = Decision("d", "apart", identity("cB"), identity("ex"), 1, decided_by="me")
    runs = [(None, records[:3], asked), (0, records, asked)]
    run = play(ALL, *runs, decisions=[apart])[1]
    assert [row["outcome"] for row in run.played["one"].tables["decisions"]] == ["no_effect"]
    whole = play(ALL, *runs, decisions=decisions)[1]
    row = decisions[0].row() | {"scope": None, "outcome": "no_effect"}
    hidden = {"left_value": hash_of("identity\0email\0x")}
    hidden["right_value"] = hash_of("identity\0customer_id\0B")
    assert whole.played["one"].tables["decisions"] == [row | hidden]
    assert told(whole, "q")[:2] == ("completed", 1)


def test_each_copy_of_a_listed_record_is_suppressed_and_one_of_a_listed_identity_alone() -> None:
    asked = [erasure("q", 50, "ex")]
    copy = record("1", 90, "cN")  # the person's record id, others' content
    other = [record("7", 60, "cC"), record("7", 40, "ex")]
    run = play(ALL, (None, HERS, asked), (0, [*HERS, copy, *other], asked))[1]
    found = run.played["one"].tables["assignments"]
    assert [row["status"] for row in found if row["record_id"] == "7"] == ["assigned"]
    hashes = [row["record_id"] for row in found if row["status"] == "suppressed"]
    assert sorted(hashes) == sorted(hash_of(f"record\0s\0{i}") for i in "1127")


def test_a_value_that_a_modify_would_bring_is_carried() -> None:
    change = (("email", None, "x"),)
    brings = record("5", 9, "cB", request="modify", changes=change)
    asked = [erasure("q", 50, "ex")]
    run = play(ALL, (None, HERS, asked), (0, [*HERS, brings], asked))[1]
    assert hash_of("record\0s\x005") in records_of(run)
