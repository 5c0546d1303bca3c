"""The plain reading of SEMANTICS 12 on cases made by hand, expected results from the page."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from tests.oracle.decisions import Decision
from tests.oracle.lasting import birth_id, digest
from tests.oracle.play_private import PrivatePlayed, PrivateStep, play_private, sources_of
from tests.oracle.random_chains import Step
from tests.oracle.requests import Privacy, Request
from tests.oracle.world import Identity, Record, Strategy

KEY = b"k" * 32
BY = ("customer_id", "email")
_TYPES = {"c": "customer_id", "e": "email", "d": "device"}
LINK_ON = tuple(_TYPES.values())
ALL = Strategy("merge_all", LINK_ON)
ONE_OWNER = Strategy("constrained_merge", LINK_ON, params={"unique": ["customer_id"]})
FAIR = Strategy("no_guess", LINK_ON, params={"unique": ["customer_id"]})


def identity(short: str) -> Identity:
    return _TYPES[short[0]], short[1:]


def record(number: str, time: int | None, *held: str, scope: str = "w", **more: Any) -> Record:
    identities = tuple(sorted(map(identity, held)))
    made = Record("s", number, time, scope, "identify", True, identities)
    return made._replace(**more)


def erasure(name: str, since: int, *held: str, **more: Any) -> Request:
    return Request(name, "erasure", since, tuple(map(identity, held)), **more)


def play(
    strategy: Strategy,
    *runs: tuple[int | None, Sequence[Record], Sequence[Request]],
    decisions: Sequence[Decision] = (),
    **settings: Any,
) -> list[PrivatePlayed]:
    """Runs of (place of the base, records, requests), each current when it is published."""
    chain = [
        PrivateStep(
            Step(f"r{i}", 100 + i, base, list(records), {"one": strategy}, list(decisions)),
            i - 1 if i else None,
            requests,
        )
        for i, (base, records, requests) in enumerate(runs)
    ]
    return play_private(chain, Privacy("one", BY, KEY, **settings))


def hash_of(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def records_of(run: PrivatePlayed) -> dict[str, tuple[str | None, str]]:
    """Profile and status of each row of assignments."""
    rows = run.played["one"].tables["assignments"]
    return {row["record_id"]: (row["profile_id"], row["status"]) for row in rows}


def told(run: PrivatePlayed, name: str) -> tuple[Any, ...]:
    """Status and counts of a request."""
    row = run.done.ledger.requests[name]
    counts = ("profiles", "records", "identities", "kept_identities")
    return (row["status"], *(row[column] for column in counts))


def listed(run: PrivatePlayed) -> set[tuple[str, str, int]]:
    return {(row.hash, row.request_id, row.since) for row in run.done.ledger.suppressions}


def status_of(run: PrivatePlayed, profile_id: str) -> str | None:
    rows = run.played["one"].lasting.ids
    return next((row["status"] for row in rows if row["profile_id"] == profile_id), None)


HERS = [record("1", 1, "cA", "ex"), record("2", 2, "ex", "dd")]
OTHER = [record("3", 3, "cB", "de")]
A = birth_id(("identity", "w", "customer_id", "A"))
B = birth_id(("identity", "w", "customer_id", "B"))
SUPPRESSED = {hash_of(f"record\0s\0{i}"): (None, "suppressed") for i in "12"}


def test_an_erasure_takes_profile_records_and_identities_and_waits_for_a_base() -> None:
    asked = [erasure("q", 50, "ex")]
    first, second = play(ALL, (None, HERS + OTHER, asked), (0, HERS + OTHER, asked))
    assert told(first, "q") == ("pending", 0, 0, 0, 0)
    assert records_of(first) == {"1": (A, "assigned"), "2": (A, "assigned"), "3": (B, "assigned")}
    assert told(second, "q") == ("completed", 1, 2, 3, 0)
    assert records_of(second) == SUPPRESSED | {"3": (B, "assigned")}
    texts = ["record\0s\x001", "record\0s\x002", "identity\0customer_id\0A"]
    texts += ["identity\0email\0x", "identity\0device\0d"]
    assert listed(second) == {(hash_of(text), "q", 50) for text in texts}
    assert (status_of(second, A), status_of(second, B)) == ("erased", "live")
    assert sources_of(second, "q") == {"s": 2}
    row = second.done.ledger.requests["q"]
    assert (row["resolved_run"], row["resolved_at"], row["reason"]) == ("r1", 101, None)


def test_what_comes_late_is_suppressed_up_to_the_request_and_a_new_person_after_it() -> None:
    asked = [erasure("q", 50, "ex")]
    late = [record("4", 50, "ex"), record("5", None, "dd"), record("6", 51, "cA")]
    runs = [(None, HERS, asked), (0, HERS, asked), (1, [*HERS, *late], asked)]
    third = play(ALL, *runs)[2]
    again = digest(f"again\0{A}\0r1")
    gone = {hash_of(f"record\0s\0{i}"): (None, "suppressed") for i in "1245"}
    assert records_of(third) == gone | {"6": (again, "assigned")}
    assert sources_of(third, "q") == {"s": 4}
    assert told(third, "q") == ("completed", 1, 2, 3, 0)
    never = play(ALL, *runs, accept_new=False)[2]
    assert records_of(never) == gone | {hash_of("record\0s\x006"): (None, "suppressed")}


def test_what_a_neighbour_holds_or_their_records_carry_is_kept() -> None:
    shared = [record("1", 1, "cA", "dd"), record("2", 2, "cB", "dd")]
    asked = [erasure("q", 50, "cA")]
    run = play(FAIR, (None, shared, asked), (0, shared, asked))[1]
    assert told(run, "q") == ("completed", 1, 1, 1, 1)
    assert hash_of("identity\0device\0d") not in {row.hash for row in run.done.ledger.suppressions}
    assert sorted(status for _, status in records_of(run).values()) == ["assigned", "suppressed"]
    carried = [record("1", 1, "cB", "ex"), record("2", 2, "cA", "ex"), record("3", 3, "cA", "ex")]
    assert told(play(ONE_OWNER, (None, carried, asked), (0, carried, asked))[1], "q") == (
        "completed", 1, 2, 1, 1,
    )  # fmt: skip


def test_profiles_erased_together_are_not_another() -> None:
    shared = [record("1", 1, "cA", "dd"), record("2", 2, "cB", "dd")]
    asked = [erasure("q", 50, "cA"), erasure("p", 60, "cB")]
    run = play(FAIR, (None, shared, asked), (0, shared, asked))[1]
    assert (told(run, "q"), told(run, "p")) == (("completed", 1, 1, 2, 0),) * 2
    device = hash_of("identity\0device\0d")
    assert {(device, "q", 50), (device, "p", 60)} <= listed(run)


def test_a_scope_with_two_is_ambiguous_and_one_of_each_scope_is_not() -> None:
    held = [record("1", 1, "cA", "ex"), record("2", 2, "cB")]
    there = [record("3", 1, "ex", scope="v")]
    asked = [erasure("q", 50, "ex"), erasure("p", 50, "cA", "cB"), erasure("o", 50, "ez")]
    run = play(ALL, (None, held + there, asked), (0, held + there, asked))[1]
    assert told(run, "q") == ("completed", 2, 2, 2, 0)
    assert told(run, "p") == ("ambiguous", 0, 0, 0, 0)
    assert told(run, "o") == ("not_found", 0, 0, 1, 0)
    assert {request for _, request, _ in listed(run)} == {"q", "o"}


def test_an_e_mail_without_profile_is_suppressed_unless_others_records_carry_it() -> None:
    seen = [record("1", 1, "cB", "ex")]
    apart = [Decision("d", "apart", identity("cB"), identity("ex"), 1)]
    asked = [erasure("q", 50, "ex"), erasure("p", 50, "ez")]
    later = [*seen, record("2", 49, "ez", "dd"), record("3", 51, "ez")]
    runs = play(ALL, (None, seen, asked), (0, later, asked), decisions=apart)
    assert told(runs[1], "q") == ("not_found", 0, 0, 0, 1)
    assert told(runs[1], "p") == ("not_found", 0, 0, 1, 0)
    assert {status for _, status in records_of(runs[1]).values()} == {"assigned", "suppressed"}
    assert hash_of("record\0s\x002") in records_of(runs[1])


def test_suppressions_outlive_a_backfill_and_an_older_base() -> None:
    asked = [erasure("q", 50, "ex")]
    records = HERS + OTHER
    runs = [(None, records, asked), (0, records, asked), (None, records, asked), (0, records, [])]
    for run in play(ALL, *runs)[2:]:
        assert records_of(run) == SUPPRESSED | {"3": (B, "assigned")}
        assert status_of(run, A) == "erased"
        assert told(run, "q") == ("completed", 1, 2, 3, 0)


def test_a_lift_brings_identities_back_but_no_records_whatever_the_base() -> None:
    asked = [erasure("q", 50, "ex")]
    lift = Request("l", "lift", 60, lifts="q")
    late = [*HERS, record("4", 5, "ex", "cA")]
    runs = [(None, HERS, asked), (0, late, asked), (1, late, [*asked, lift]), (1, late, asked)]
    played = play(ALL, *runs)
    assert "4" not in records_of(played[1])
    again = digest(f"again\0{A}\0r1")
    for run in played[2:]:
        assert records_of(run) == SUPPRESSED | {"4": (again, "assigned")}
        assert (hash_of("lift\0q"), "l", 60) in listed(run)
        assert len(listed(run)) == 3


def test_a_lift_waits_for_what_it_lifts_and_names_an_erasure() -> None:
    asked = [erasure("q", 50, "ex"), Request("l", "lift", 60, lifts="q")]
    asked += [Request("m", "lift", 60, lifts="nobody"), Request("n", "lift", 60)]
    asked += [Request("o", "lift", 49, lifts="q")]
    runs = play(ALL, (None, HERS, asked), (0, HERS, asked))
    assert [told(run, "l")[0] for run in runs] == ["pending", "completed"]
    assert [told(run, name)[0] for run in runs[1:] for name in "mno"] == [
        "not_found",
        "invalid",
        "not_found",
    ]
    assert told(runs[1], "q")[0] == "completed"


def test_what_proves_nothing_or_comes_too_early_is_invalid_and_tried_again() -> None:
    asked = [erasure("q", 101, "ex"), erasure("p", 50, "dd"), erasure("o", 5, "ex", cancelled_at=6)]
    asked += [Request("a", "access", 50, (identity("ex"), identity("dd")))]
    first, second = play(ALL, (None, HERS, asked), (0, HERS, asked))
    assert [told(first, name)[0] for name in "qpoa"] == [
        "invalid",
        "invalid",
        "cancelled",
        "pending",
    ]
    assert told(second, "q") == ("completed", 1, 2, 3, 0)
    assert told(second, "p") == ("invalid", 0, 0, 0, 0)
    assert told(second, "o")[0] == "cancelled"
    assert told(second, "a") == ("completed", 1, 2, 0, 0)
    assert second.done.ledger.requests["o"]["resolved_run"] == "r0"
