"""A chunk of a simulated world holds the mess of a real one, and its truth."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from idweave.transforms.columnar.identities.junk import is_junk
from idweave.transforms.columnar.simulation.simulate_chunk import TRUTH_SCHEMA, Chunk, make_chunk
from idweave.transforms.columnar.simulation.simulate_crm import JUNK_PHONE
from idweave.transforms.columnar.simulation.simulate_crm import SCHEMA as CRM_SCHEMA
from idweave.transforms.columnar.simulation.simulate_events import SCHEMA as EVENTS_SCHEMA
from idweave.transforms.columnar.simulation.simulate_people import (
    JUNK_DEVICE,
    JUNK_EMAILS,
    JUNK_IDS,
)

PEOPLE = 3_000


@pytest.fixture(scope="module")
def chunk() -> Chunk:
    return make_chunk(PEOPLE, seed=11, place=0)


@pytest.fixture(scope="module")
def events(chunk: Chunk) -> list[dict[str, Any]]:
    """The events, each with its person."""
    people = chunk.events_truth["person_id"].to_pylist()
    rows = zip(chunk.events.to_pylist(), people, strict=True)
    return [row | {"person": person} for row, person in rows]


@pytest.fixture(scope="module")
def crm(chunk: Chunk) -> list[dict[str, Any]]:
    """The CRM rows, each with its person."""
    people = chunk.crm_truth["person_id"].to_pylist()
    rows = zip(chunk.crm.to_pylist(), people, strict=True)
    return [row | {"person": person} for row, person in rows]


def values_of(rows: list[dict[str, Any]], column: str) -> dict[int, set[str]]:
    """The distinct values of a column by person."""
    found = defaultdict(set)
    for row in rows:
        if row[column] is not None:
            found[row["person"]].add(row[column])
    return found


def test_tables_have_their_schemas_and_the_truth_names_each_record_once(chunk: Chunk) -> None:
    for rows, truth, key, schema in (
        (chunk.events, chunk.events_truth, "event_id", EVENTS_SCHEMA),
        (chunk.crm, chunk.crm_truth, "crm_id", CRM_SCHEMA),
    ):
        assert rows.schema == schema
        assert truth.schema == TRUTH_SCHEMA
        assert truth["record_id"] == rows[key]
        assert len(set(rows[key].to_pylist())) == rows.num_rows


def test_everybody_has_events_ten_on_average_and_a_few_have_most(
    events: list[dict[str, Any]],
) -> None:
    counts = Counter(row["person"] for row in events)
    assert sorted(counts) == list(range(PEOPLE))
    assert 9 < len(events) / PEOPLE < 11
    busiest = sum(count for _, count in counts.most_common(PEOPLE // 5))
    assert busiest > 0.45 * len(events)


def test_the_brand_follows_from_the_app(chunk: Chunk) -> None:
    apps = zip(
        chunk.events["app"].to_pylist(), chunk.events_truth["brand"].to_pylist(), strict=True
    )
    assert set(apps) == {("web", "retail"), ("app", "retail"), ("courier_app", "courier")}
    rows = zip(
        chunk.crm["workspace"].to_pylist(), chunk.crm_truth["brand"].to_pylist(), strict=True
    )
    assert set(rows) == {("retail_crm", "retail"), ("courier_crm", "courier")}


def test_customer_ids_are_there_from_log_in_to_log_out_only(events: list[dict[str, Any]]) -> None:
    real = [row for row in events if row["user"] and row["user"]["id"] not in JUNK_IDS]
    of_person = {row["person"]: row["user"]["id"] for row in real}
    assert [row["user"]["id"] for row in real] == [of_person[row["person"]] for row in real]
    assert len(set(of_person.values())) == len(of_person)
    known = Counter((row["action"], bool(row["user"])) for row in events)
    assert {action for action, has_id in known if not has_id} == {"page_view", "purchase"}
    assert {action for action, has_id in known if has_id} == {
        "page_view", "purchase", "sign_up", "sign_in", "sign_out",
    }  # fmt: skip
    sign_ups = Counter(row["person"] for row in events if row["action"] == "sign_up")
    assert set(sign_ups.values()) == {1}


def test_web_has_cookies_and_apps_have_devices_but_for_the_shared_tablet(
    events: list[dict[str, Any]],
) -> None:
    things = {
        (row["app"] == "web", row["cookie_id"] is None, row["device_id"] is None) for row in events
    }
    assert things == {(True, False, True), (False, True, False)}


def test_cookies_churn_and_phones_are_replaced(events: list[dict[str, Any]]) -> None:
    cookies = values_of(events, "cookie_id")
    assert sum(len(ids - set(JUNK_IDS)) > 1 for ids in cookies.values()) > 0.2 * len(cookies)
    devices = values_of(events, "device_id")
    assert sum(len(ids) > 1 for ids in devices.values()) > 0.05 * len(devices)


def test_households_share_devices_and_cookies(events: list[dict[str, Any]]) -> None:
    for column, junk in (("device_id", {JUNK_DEVICE}), ("cookie_id", set(JUNK_IDS))):
        owners = defaultdict(set)
        for row in events:
            if row[column] is not None and row[column] not in junk:
                owners[row[column]].add(row["person"])
        shared = [people for people in owners.values() if len(people) > 1]
        assert 0.01 * len(owners) < len(shared) < 0.2 * len(owners)
        assert max(max(people) - min(people) for people in shared) <= 4


def test_junk_is_in_every_kind_of_identity(
    events: list[dict[str, Any]], crm: list[dict[str, Any]]
) -> None:
    customers = {row["user"]["id"] for row in events if row["user"]}
    assert set(JUNK_IDS) < customers
    assert set(JUNK_IDS) < {row["cookie_id"] for row in events}
    assert JUNK_DEVICE in {row["device_id"] for row in events}
    assert set(JUNK_EMAILS) < {row["email"] for row in events} | {row["email"] for row in crm}
    assert "unknown" in {row["customer_id"] for row in crm}
    assert JUNK_PHONE in {row["phone"] for row in crm}


def test_people_have_two_e_mails_and_slips(
    events: list[dict[str, Any]], crm: list[dict[str, Any]]
) -> None:
    both = [row for row in events if row["email"] and row["alt_email"]]
    assert len(both) > 10
    emails = values_of(events + crm, "email")
    everything = [email for of in emails.values() for email in of]
    assert any(email.endswith(".exmaple") for email in everything)
    assert any(email.isupper() for email in everything)
    assert any(email.endswith(" ") for email in everything)
    assert all(email.isascii() for email in everything)


def test_the_crm_lists_some_people_twice_and_some_who_are_no_customers(
    events: list[dict[str, Any]], crm: list[dict[str, Any]]
) -> None:
    rows = Counter(row["person"] for row in crm)
    assert set(rows.values()) == {1, 2}
    assert 0.05 * len(rows) < sum(count == 2 for count in rows.values()) < 0.15 * len(rows)
    of_events = {row["person"]: row["user"]["id"] for row in events if row["plan"]}
    of_crm = [(row["person"], row["customer_id"]) for row in crm if row["customer_id"]]
    wrong = {cid for person, cid in of_crm if person in of_events and cid != of_events[person]}
    assert wrong == {"unknown"}
    assert sum(row["plan"] is None for row in crm) > 20


def test_some_records_arrive_days_late(chunk: Chunk) -> None:
    times = chunk.events["ts"].cast("int64").to_numpy()
    newest = 0
    late = 0
    for time in times.tolist():  # bounded by PEOPLE
        newest = max(newest, time)
        late += newest - time > 86_400_000_000
    assert 0.005 * len(times) < late < 0.05 * len(times)


def test_the_same_seed_gives_the_same_rows_and_another_one_none_of_them(chunk: Chunk) -> None:
    again = make_chunk(PEOPLE, seed=11, place=0)
    assert [a.equals(b) for a, b in zip(chunk, again, strict=True)] == [True] * 4
    other = make_chunk(PEOPLE, seed=12, place=0)
    for table, column in (("events", "event_id"), ("events", "device_id"), ("crm", "crm_id")):
        mine = getattr(chunk, table)[column].drop_null().unique()
        theirs = getattr(other, table)[column].drop_null().unique()
        common = set(mine.to_pylist()) & set(theirs.to_pylist())
        assert common == ({JUNK_DEVICE} if column == "device_id" else set())


def test_default_junk_tests_know_the_junk_but_for_the_made_up_e_mail(chunk: Chunk) -> None:
    emails = chunk.events["email"].combine_chunks()
    junk = emails.filter(is_junk(emails, ("test@test.com",), True))
    assert set(junk.to_pylist()) == set(JUNK_EMAILS)
