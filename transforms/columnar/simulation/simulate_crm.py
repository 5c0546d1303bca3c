"""The CRM rows of a chunk of simulated people: customers, twice at times, and mailing lists."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator
from numpy.typing import NDArray

from idweave.transforms.columnar.simulation.simulate_events import START_US
from idweave.transforms.columnar.simulation.simulate_people import (
    COURIER,
    JUNK_EMAILS,
    PERIOD_US,
    RETAIL,
    People,
)
from idweave.transforms.columnar.simulation.simulate_text import (
    Words,
    hexes,
    misspell,
    mix,
    place_where,
    rough,
    write_phones,
)

WORKSPACES = ("retail_crm", "courier_crm")
JUNK_PHONE = "0000000000"
SCHEMA = pa.schema(
    {
        "crm_id": pa.string(),
        "workspace": pa.string(),
        "customer_id": pa.string(),
        "email": pa.string(),
        "phone": pa.string(),
        "first_name": pa.string(),
        "plan": pa.string(),
        "updated_at": pa.timestamp("us", "UTC"),
    }
)


def make_crm(rng: Generator, people: People, salt: int) -> tuple[pa.Table, pa.Array]:
    """The CRM rows of a chunk of people, by the time of their last change.

    Nine customers in ten have a row, one in ten of these a second one, as typed at a counter:
    rarely with the customer id, often with the other e-mail.

    Returns:
        The rows (SCHEMA), and the person of each.
    """
    n = len(people.number)
    listed = rng.random(n) < np.where(people.customer, 0.9, 0.04)
    twice = listed & (rng.random(n) < 0.1)
    who = np.concatenate([np.flatnonzero(listed), np.flatnonzero(twice)])
    again = np.arange(len(who)) >= listed.sum()
    updated = (rng.random(len(who)) * PERIOD_US).astype(np.int64)
    order = np.argsort(updated, kind="stable")
    who, again, updated = who[order], again[order], updated[order]
    row: Words = (people.number[who] * 2 + again).astype(np.uint64)
    brands = people.brands[who]
    courier = (brands == COURIER) | ((brands != RETAIL) & (rng.random(len(who)) < 0.5))
    columns = [
        hexes(mix(row, salt ^ 0x1D8E4E27C47D124F)),
        pa.array(WORKSPACES).take(pa.array(courier.astype(np.int8))),
        _customers(rng, people, who, again),
        _emails(rng, people, who, again),
        _phones(rng, people, who),
        people.first_name.take(pa.array(who)),
        people.plan.take(pa.array(who, mask=~people.customer[who])),
        pa.array(START_US + updated).cast(pa.timestamp("us", "UTC")),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA), pa.array(people.number[who])


def _customers(
    rng: Generator, people: People, who: NDArray[np.int64], again: NDArray[np.bool_]
) -> pa.Array:
    """The customer's id, missing in some rows and a default for nobody in others."""
    n = len(who)
    lacks = ~people.customer[who] | (rng.random(n) < np.where(again, 0.6, 0.03))
    ids = people.customer_id.take(pa.array(who, mask=lacks))
    return pc.if_else(pa.array(lacks & (rng.random(n) < 0.05)), "unknown", ids)


def _emails(
    rng: Generator, people: People, who: NDArray[np.int64], again: NDArray[np.bool_]
) -> pa.Array:
    """One of the person's e-mails, as it was typed."""
    n = len(who)
    other = people.has_alt[who] & (rng.random(n) < np.where(again, 0.6, 0.1))
    email = pc.if_else(
        pa.array(other), people.alt_email.take(pa.array(who)), people.email.take(pa.array(who))
    )
    slips = rng.random(n) < np.where(again, 0.1, 0.015)
    email = pc.if_else(pa.array(slips), misspell(email, rng.integers(3, size=n)), email)
    email = rough(email, rng.choice(3, n, p=[0.9, 0.06, 0.04]))
    defaults = pa.array(JUNK_EMAILS).take(pa.array(rng.integers(len(JUNK_EMAILS), size=n)))
    email = pc.if_else(pa.array(rng.random(n) < 0.01), defaults, email)
    return pc.if_else(pa.array(rng.random(n) < 0.04), None, email)


def _phones(rng: Generator, people: People, who: NDArray[np.int64]) -> pa.Array:
    """The person's number in one of the ways to write it; zeros where the form insisted on one."""
    n = len(who)
    given = people.has_phone[who] & (rng.random(n) < 0.75)
    form = rng.choice(3, int(given.sum()), p=[0.3, 0.4, 0.3])
    phone = place_where(write_phones(people.phone[who[given]], form), given)
    return pc.if_else(pa.array(~given & (rng.random(n) < 0.03)), JUNK_PHONE, phone)
