"""A chunk of a synthetic world: people, their devices, what they did, what the CRM knows of them.

Everything follows from the seed and the chunk's number, so a world is the same on any number of
processes. Households never cross chunks.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

PEOPLE = 10_000  # of a chunk
_DAY = 86_400 * 1_000_000  # microseconds
_BEGIN = 1_767_225_600 * 1_000_000  # 2026-01-01
_DAYS = 90
_PER_PERSON = 16  # room for numbers of devices and cookies

Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


class World(NamedTuple):
    """Tables of one chunk."""

    events: pa.Table
    crm: pa.Table
    truth: pa.Table


class _People(NamedTuple):
    """``p`` people; numbers are global, so that chunks don't meet."""

    number: Longs
    household: Longs  # number of its first person
    devices: Longs  # how many of one's own, from 1
    shares: Flags  # the household has a tablet for all
    signs_up: Longs  # time, or the end of the world
    has_phone: Flags
    has_second: Flags  # a second e-mail address
    courier: Flags  # uses the second brand, too


def simulate_world(seed: int, chunk: int, people: int) -> World:
    """Make one chunk of a world.

    Args:
        people: in the whole world; the last chunk may be smaller.
    """
    rng = np.random.default_rng([seed, chunk])
    first = chunk * PEOPLE
    group = _people(rng, first, min(PEOPLE, people - first))
    events, person, brand = _events(rng, chunk, group)
    crm, owner = _crm(rng, chunk, group)
    truth = pa.table(
        {
            "source": ["events"] * len(person) + ["crm"] * len(owner),
            "record_id": pa.concat_arrays([_once(events), crm["crm_id"].combine_chunks()]),
            "person_id": _named("person-", np.concatenate([person, owner])),
            "brand": pa.concat_arrays([brand, pa.array(["retail"] * len(owner), pa.string())]),
        }
    )
    again = rng.integers(0, len(person), len(person) // 200)  # delivered twice
    order = np.concatenate([np.arange(len(person)), again])
    arrival = events["ts"].cast(pa.int64()).to_numpy()[order].copy()
    late = rng.random(len(order)) < 0.02
    arrival[late] += rng.integers(_DAY, 5 * _DAY, int(late.sum()))
    by_arrival = order[np.argsort(arrival, kind="stable")]
    return World(events.take(pa.array(by_arrival)), crm, truth)


def _once(events: pa.Table) -> pa.Array:
    return events["event_id"].combine_chunks()


def _people(rng: np.random.Generator, first: int, count: int) -> _People:
    number = np.arange(first, first + count)
    starts = np.concatenate([[True], rng.random(count - 1) < 0.45]) if count else np.empty(0, bool)
    household = np.maximum.accumulate(np.where(starts, number, 0))
    shares = (rng.random(count) < 0.3)[household - first]
    signs_up = _BEGIN + (rng.random(count) * 1.6 * _DAYS * _DAY).astype(np.int64)
    return _People(
        number,
        household,
        1 + rng.binomial(2, 0.3, count),
        shares,
        signs_up,
        rng.random(count) < 0.4,
        rng.random(count) < 0.15,
        rng.random(count) < 0.25,
    )


def _events(
    rng: np.random.Generator, chunk: int, people: _People
) -> tuple[pa.Table, Longs, pa.Array]:
    """All events of a chunk, whose each is, and of which brand."""
    per_person = 1 + rng.geometric(0.1, len(people.number))
    who = np.repeat(np.arange(len(people.number)), per_person)
    n = len(who)
    time = _BEGIN + (rng.random(n) * _DAYS * _DAY).astype(np.int64)
    courier = people.courier[who] & (rng.random(n) < 0.4)
    in_app = ~courier & (rng.random(n) < 0.3)
    app = np.where(courier, 2, in_app.astype(np.int64))
    shared = people.shares[who] & (rng.random(n) < 0.25)
    own = people.number[who] * _PER_PERSON + rng.integers(0, people.devices[who])
    device = np.where(shared, people.household[who] * _PER_PERSON + 9, own)
    churn = (time - _BEGIN) // (21 * _DAY) + device % 3  # cookies live about three weeks
    signed = (time >= people.signs_up[who]) & (rng.random(n) < 0.35)
    action = np.where(signed & (rng.random(n) < 0.3), 1, 0)
    action = np.where(signed & (rng.random(n) < 0.1), 2, action)
    action = np.where(signed & (rng.random(n) < 0.12), 3, action)
    customer = _customer(people, who, courier)
    mail = signed & (rng.random(n) < 0.5) | (rng.random(n) < 0.03)
    second = people.has_second[who] & (rng.random(n) < 0.3)
    email = _emails(rng, people.number[who], second, typos=0.003)
    phone = _masked(_phones(people.number[who]), (action == 3) & people.has_phone[who])
    events = pa.table(
        {
            "event_id": _named(f"e{chunk:05d}-", np.arange(n)),
            "ts": pa.array(time, pa.timestamp("us", tz="UTC")),
            "app": pa.array(["web", "app", "courier_app"]).take(pa.array(app)),
            "action": pa.array(["page_view", "sign_in", "sign_out", "purchase"]).take(
                pa.array(action)
            ),
            "user": pa.StructArray.from_arrays(
                [_with_junk(rng, _masked(customer, signed), 0.002, "guest")], ["id"]
            ),
            "email": _with_junk(rng, _masked(email, mail), 0.002, "test@test.com"),
            "cookie_id": _masked(_named("ck-", device * 8 + churn), app != 1),
            "device_id": _with_junk(
                rng, _named("dev-", device), 0.005, "00000000-0000-0000-0000-000000000000"
            ),
            "phone": phone,
            "plan": pa.array(["free", "plus", "family"]).take(pa.array(rng.integers(0, 3, n))),
        }
    )
    brand = pa.array(["retail", "courier"]).take(pa.array(courier.astype(np.int64)))
    return events, people.number[who], brand


def _customer(people: _People, who: Longs, courier: Flags) -> pa.Array:
    retail = _named("c", people.number[who])
    return pc.if_else(pa.array(courier), _named("k", people.number[who]), retail)


def _crm(rng: np.random.Generator, chunk: int, people: _People) -> tuple[pa.Table, Longs]:
    """What the CRM holds of those who signed up; some stand in it twice."""
    end = _BEGIN + _DAYS * _DAY
    known = np.flatnonzero(people.signs_up < end)
    twice = known[rng.random(len(known)) < 0.05]
    who = np.sort(np.concatenate([known, twice]))
    again = np.concatenate([[False], who[1:] == who[:-1]]) if len(who) else np.empty(0, bool)
    number = people.number[who]
    names = pa.array(["Ana", "Bo", "Chi", "Dov", "Eve", "Finn", "Gül", "Hana"])
    updated = people.signs_up[who] + rng.integers(0, 30 * _DAY, len(who))
    table = pa.table(
        {
            "crm_id": _named(f"crm{chunk:05d}-", np.arange(len(who))),
            "updated_at": pa.array(updated, pa.timestamp("us", tz="UTC")),
            "customer_id": _named("c", number),
            "email": _emails(rng, number, again & people.has_second[who], typos=0.005),
            "phone": _masked(_phones(number), people.has_phone[who]),
            "first_name": names.take(pa.array(number % len(names))),
            "plan": pa.array(["free", "plus", "family"]).take(pa.array(number % 3)),
        }
    )
    return table, number


def _named(prefix: str, number: Longs) -> pa.Array:
    texts = pa.array(number, pa.int64()).cast(pa.string())
    return pc.binary_join_element_wise(prefix, texts, "")


def _emails(rng: np.random.Generator, number: Longs, second: Flags, typos: float) -> pa.Array:
    """Addresses, now and then with capitals, blanks or a typing error."""
    local = pc.if_else(pa.array(second), _named("mail.", number), _named("user", number))
    host = pa.array(["example.com", "mail.example", "post.example"]).take(pa.array(number % 3))
    host = pc.if_else(pa.array(rng.random(len(number)) < typos), "exmaple.con", host)
    email = pc.binary_join_element_wise(local, host, "@")
    email = pc.if_else(pa.array(rng.random(len(number)) < 0.1), pc.ascii_upper(email), email)
    padded = pc.binary_join_element_wise(" ", email, "")
    return pc.if_else(pa.array(rng.random(len(number)) < 0.02), padded, email)


def _phones(number: Longs) -> pa.Array:
    """US numbers, ten digits with blanks between; people ten million apart share one."""
    digits = pa.array(number % 10_000_000 + 20_000_000, pa.int64()).cast(pa.string())
    return pc.binary_join_element_wise(
        "+1 21", pc.utf8_slice_codeunits(digits, 0, 1), " ", pc.utf8_slice_codeunits(digits, 1), ""
    )


def _masked(values: pa.Array, keep: Flags) -> pa.Array:
    return pc.if_else(pa.array(keep), values, pa.scalar(None, values.type))


def _with_junk(rng: np.random.Generator, values: pa.Array, share: float, junk: str) -> pa.Array:
    return pc.if_else(pa.array(rng.random(len(values)) < share), junk, values)
