"""The events of a chunk of simulated people: sessions, log-ins and -outs, purchases, mess."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.simulation.simulate_people import (
    BROWSER,
    COURIER,
    JUNK_DEVICE,
    JUNK_EMAILS,
    JUNK_IDS,
    PERIOD_US,
    PHONE,
    RETAIL,
    TABLET,
    TABLET_BROWSER,
    People,
    thing_ids,
)
from idweave.transforms.columnar.simulation.simulate_text import (
    misspell,
    place_where,
    rough,
    take_where,
    uuids,
    write_phones,
)

START_US = 1_767_225_600_000_000  # 2026-01-01 UTC
APPS = ("web", "app", "courier_app")
WEB, APP, COURIER_APP = range(3)
ACTIONS = ("page_view", "sign_up", "sign_in", "sign_out", "purchase")
PAGE_VIEW, SIGN_UP, SIGN_IN, SIGN_OUT, PURCHASE = range(5)
SCHEMA = pa.schema(
    {
        "event_id": pa.string(),
        "ts": pa.timestamp("us", "UTC"),
        "app": pa.string(),
        "action": pa.string(),
        "user": pa.struct({"id": pa.string()}),
        "email": pa.string(),
        "alt_email": pa.string(),
        "phone": pa.string(),
        "cookie_id": pa.string(),
        "device_id": pa.string(),
        "plan": pa.string(),
    }
)
Longs = NDArray[np.int64]


class _Sessions(NamedTuple):
    """One person at one device for some minutes."""

    person: Longs  # [s] place in the chunk
    start: Longs  # [s] microseconds into the period
    events: Longs  # [s] at least 1
    kind: NDArray[np.int8]  # [s] BROWSER, PHONE, TABLET or TABLET_BROWSER
    app: NDArray[np.int8]  # [s] place in APPS
    enter: Longs  # [s] the event from which the person is known; -1 from before; `events`: never
    signs_up: Flags  # [s] the event `enter` is the sign-up
    leaves: Flags  # [s] the last event is a sign-out
    delay: Longs  # [s] microseconds until its events arrive


class _Events(NamedTuple):
    """Events in the order of their arrival."""

    session: Longs  # [e]
    person: Longs  # [e] place in the chunk
    time: Longs  # [e] microseconds into the period
    action: NDArray[np.int8]  # [e] place in ACTIONS
    known: Flags  # [e] carries the customer id


def make_events(rng: Generator, people: People, salt: int) -> tuple[pa.Table, pa.Array]:
    """The events of a chunk of people, in the order of arrival.

    Returns:
        The rows (SCHEMA), and the person of each.
    """
    sessions = _sessions(rng, people)
    events = _events(rng, sessions)
    n = len(events.person)
    kind = sessions.kind[events.session]
    in_browser = (kind == BROWSER) | (kind == TABLET_BROWSER)
    things = _things(people, sessions, salt)
    email, alt_email = _emails(rng, people, events)
    phoning = rng.random(n) * people.has_phone[events.person] > 0.7
    phoning &= (events.action == PURCHASE) | (events.action == SIGN_UP)
    columns = [
        uuids(*rng.integers(0, 2**64, size=(2, n), dtype=np.uint64)),
        pa.array(START_US + events.time).cast(pa.timestamp("us", "UTC")),
        pa.array(APPS).take(pa.array(sessions.app[events.session])),
        pa.array(ACTIONS).take(pa.array(events.action)),
        _customers(rng, people, events),
        email,
        alt_email,
        place_where(_phones(rng, people, events.person[phoning]), phoning),
        _junk(rng, take_where(things, events.session, in_browser), in_browser, JUNK_IDS),
        take_where(things, events.session, ~in_browser),
        people.plan.take(pa.array(events.person, mask=~events.known)),
    ]
    person = pa.array(people.number[events.person])
    return pa.Table.from_arrays(columns, schema=SCHEMA), person


def _sessions(rng: Generator, people: People) -> _Sessions:
    n = len(people.number)
    # a few people do most: the rate of sessions is drawn from a gamma distribution
    count = 1 + rng.poisson(rng.gamma(0.8, 2.5, n))
    person = np.repeat(np.arange(n), count)
    s = len(person)
    start = (rng.random(s) * PERIOD_US).astype(np.int64)
    length = rng.geometric(0.3, s)
    kind, app = _places(rng, people, person)
    first = np.cumsum(count) - count
    joining = first + (rng.random(n) * count).astype(np.int64)  # the session of the sign-up
    new = people.customer & ~people.early
    signs_up = np.zeros(s, bool)
    signs_up[joining[new]] = True
    since = np.where(people.early, -1, start[joining])[person]
    shared = kind >= TABLET
    signed = people.customer[person] & (start >= since)
    signed &= signs_up | (rng.random(s) < 0.65)
    stayed = signed & ~signs_up & ~shared & (rng.random(s) < 0.5)  # never signed out
    enter = np.minimum(length - 1, (rng.random(s) < 0.6).astype(np.int64))
    enter = np.where(stayed, -1, np.where(signed, enter, length))
    leaves = signed & (enter < length - 1) & (rng.random(s) < np.where(shared, 0.7, 0.15))
    offline = (app != WEB) & (rng.random(s) < 0.04)
    delay = rng.exponential(2e6, s) + offline * rng.exponential(1.5 * 86_400e6, s)
    return _Sessions(
        person, start, length, kind, app, enter, signs_up, leaves, delay.astype(np.int64)
    )


def _places(
    rng: Generator, people: People, person: Longs
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Each session's kind of device and app."""
    s = len(person)
    brands = people.brands[person]
    courier = (brands == COURIER) | ((brands == (RETAIL | COURIER)) & (rng.random(s) < 0.4))
    shared = people.shares[person] & (rng.random(s) < 0.35)
    browsing = ~courier & (rng.random(s) < 0.55)
    kind = np.where(shared, TABLET, PHONE)
    kind = np.where(browsing, np.where(shared, TABLET_BROWSER, BROWSER), kind)
    app = np.where(courier, COURIER_APP, np.where(browsing, WEB, APP))
    return kind.astype(np.int8), app.astype(np.int8)


def _events(rng: Generator, sessions: _Sessions) -> _Events:
    session = np.repeat(np.arange(len(sessions.person)), sessions.events)
    n = len(session)
    begin = np.cumsum(sessions.events) - sessions.events
    place = np.arange(n) - begin[session]
    time = sessions.start[session] + place * 45_000_000 + rng.integers(0, 44_000_000, n)
    enter, last = sessions.enter[session], sessions.events[session] - 1
    known = place >= enter
    action = np.where(rng.random(n) < np.where(known, 0.07, 0.015), PURCHASE, PAGE_VIEW)
    action[sessions.leaves[session] & (place == last)] = SIGN_OUT
    entry = np.where(sessions.signs_up[session], SIGN_UP, SIGN_IN)
    action = np.where(place == enter, entry, action)
    order = np.argsort(time + sessions.delay[session], kind="stable")
    session = session[order]
    return _Events(
        session,
        sessions.person[session],
        time[order],
        action[order].astype(np.int8),
        known[order],
    )


def _things(people: People, sessions: _Sessions, salt: int) -> pa.Array:
    """The cookie or device id of each session. Browsers forget theirs, phones are replaced."""
    person, kind = sessions.person, sessions.kind
    shared = kind >= TABLET
    owner = np.where(shared, people.owner[person], people.number[person])
    # all people of a household see the same cookie, so its life is the household's first person's
    first = people.owner[person] - people.number[0]
    life = people.cookie_life[np.where(shared, first, person)]
    generation = np.where(
        kind == PHONE,
        sessions.start >= people.new_phone[person],
        np.where(kind == TABLET, 0, sessions.start // life),
    )
    ids = thing_ids(owner, kind, generation, salt)
    hidden = people.untracked[person] & (kind == PHONE)
    return pc.if_else(pa.array(hidden), JUNK_DEVICE, ids)


def _customers(rng: Generator, people: People, events: _Events) -> pa.Array:
    """`user`: the customer's id where the person is known; now and then a default for nobody."""
    ids = people.customer_id.take(pa.array(events.person, mask=~events.known))
    ids = _junk(rng, ids, ~events.known, JUNK_IDS)
    return pa.StructArray.from_arrays([ids], ["id"], mask=ids.is_null())


def _emails(rng: Generator, people: People, events: _Events) -> tuple[pa.Array, pa.Array]:
    """What is typed into forms: one of the person's e-mails, in haste; at times the other, too."""
    n = len(events.person)
    given = rng.random(n) < np.array([0.01, 1.0, 0.6, 0.0, 0.95])[events.action]
    person, action = events.person[given], events.action[given]
    g = len(person)
    other = people.has_alt[person] & (rng.random(g) < 0.3)
    email = pc.if_else(
        pa.array(other),
        people.alt_email.take(pa.array(person)),
        people.email.take(pa.array(person)),
    )
    slips = (rng.random(g) < 0.02) & (action != SIGN_IN)  # a sign-in with a slip would fail
    email = pc.if_else(pa.array(slips), misspell(email, rng.integers(3, size=g)), email)
    email = rough(email, rng.choice(3, g, p=[0.94, 0.04, 0.02]))
    email = _junk(rng, email, action == PURCHASE, JUNK_EMAILS)
    both = given & people.has_alt[events.person] & (rng.random(n) < 0.15)
    return place_where(email, given), people.alt_email.take(pa.array(events.person, mask=~both))


def _phones(rng: Generator, people: People, person: Longs) -> pa.Array:
    return write_phones(people.phone[person], rng.choice(3, len(person), p=[0.5, 0.25, 0.25]))


def _junk(rng: Generator, values: pa.Array, may: Flags, junk: tuple[str, ...]) -> pa.Array:
    """The values, with a default in place of some of those that may be wrong."""
    wrong = may & (rng.random(len(values)) < 0.006)
    defaults = pa.array(junk).take(pa.array(rng.integers(len(junk), size=len(values))))
    return pc.if_else(pa.array(wrong), defaults, values)
