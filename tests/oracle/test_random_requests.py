"""What must hold of random chains with privacy requests, as the plain reading plays them."""

from collections import Counter

import pytest

from tests.oracle.play_private import PrivatePlayed, PrivateStep, play_private
from tests.oracle.random_requests import KEY, private_chain, random_privacy
from tests.oracle.suppressing import of_identity, of_record

CHAINS = 12
Chain = tuple[list[PrivateStep], list[PrivatePlayed]]


@pytest.fixture(scope="module")
def chains() -> list[Chain]:
    made = [(private_chain(seed, 4, 2), random_privacy(seed)) for seed in range(CHAINS)]
    return [(chain, play_private(chain, privacy)) for chain, privacy in made]


def test_chains_reach_every_status_and_kind_of_suppression(chains: list[Chain]) -> None:
    runs = [run for _, chain in chains for run in chain]
    rows = [row for run in runs for row in run.done.ledger.requests.values()]
    found = {(row["type"], row["status"]) for row in rows}
    statuses = {"completed", "not_found", "ambiguous", "pending", "cancelled", "invalid"}
    assert {status for kind, status in found if kind == "erasure"} == statuses
    assert {("lift", "completed"), ("access", "completed"), (None, "invalid")} <= found
    kinds = Counter(row.kind for run in runs for row in run.done.ledger.suppressions)
    assert set(kinds) == {"record", "identity", "lift"}
    assert any(row["kept_identities"] for row in rows)
    assert any(run.without_effect for run in runs)


def test_nothing_of_what_is_suppressed_is_read_and_no_erased_id_lives(chains: list[Chain]) -> None:
    for chain, played in chains:
        for private, run in zip(chain, played, strict=True):
            listed = {row.hash for row in run.done.ledger.suppressions if row.kind == "record"}
            assert not listed & {of_record(KEY, record.key) for record in run.left}
            assert len(run.left) + len(run.suppressed) == len(private.step.records)
            for of in run.played.values():
                ids = {row["profile_id"]: row["status"] for row in of.lasting.ids}
                assert {ids[i] for i in of.lasting.of_birth.values()} <= {"live"}
                assert len(of.tables["assignments"]) == len(private.step.records)


def test_an_erasure_is_final_and_its_records_never_come_back(chains: list[Chain]) -> None:
    for chain, played in chains:
        for private, run in zip(chain, played, strict=True):
            if private.current is None:
                continue
            for of in (private.current, private.step.base):
                before = played[of].done.ledger if of is not None else None
                for name, row in (before.requests if before else {}).items():
                    if row["status"] == "completed":
                        assert run.done.ledger.requests[name]["status"] == "completed"
                records = {r for r in (before.suppressions if before else ()) if r.kind == "record"}
                assert records <= set(run.done.ledger.suppressions)


def test_what_others_carry_is_never_suppressed_by_its_request(chains: list[Chain]) -> None:
    for chain, played in chains:
        for private, run in zip(chain, played, strict=True):
            if private.step.base is None:
                continue
            base = played[private.step.base]
            own = base.done.ledger.suppressions
            new = {row.hash for row in run.done.ledger.suppressions if row not in own}
            new &= {row.hash for row in run.done.ledger.suppressions if row.kind == "identity"}
            if private.current == private.step.base:
                rows = base.played["s0"].tables["assignments"]
                others = {
                    (row["source"], row["record_id"])
                    for row in rows
                    if row["profile_id"] not in {None, *run.done.erased}
                }
                carried = {i for r in base.read if r.key in others for i in r.identities}
                assert not new & {of_identity(KEY, i) for i in carried}
