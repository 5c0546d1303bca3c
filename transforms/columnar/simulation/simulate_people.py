"""The people of a simulated world, a chunk at a time: households, what they own, their names."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.types import Flags
from idweave.transforms.columnar.simulation.simulate_text import (
    Words,
    hexes,
    mix,
    phone_digits,
    uuids,
)

CHUNK_PEOPLE = 50_000  # households don't cross chunks, so chunks are made on their own
PERIOD_US = 180 * 86_400_000_000
RETAIL, COURIER = 1, 2
JUNK_DEVICE = "00000000-0000-0000-0000-000000000000"
JUNK_IDS = ("unknown", "guest", "undefined", "null")
JUNK_EMAILS = ("test@test.com", "unknown", "none")

_HOUSEHOLD_SIZES = (0.46, 0.28, 0.12, 0.10, 0.04)  # of 1 to 5 people
_SYLLABLES = (
    "ba",
    "do",
    "fen",
    "ka",
    "li",
    "mo",
    "nur",
    "pi",
    "ra",
    "sol",
    "ta",
    "vi",
    "wen",
    "zu",
)
_DOMAINS = ("@mail.example", "@inbox.example", "@post.example")
_GENERATIONS = 1 << 20  # of one owner's cookies or devices
BROWSER, PHONE, TABLET, TABLET_BROWSER = range(4)


class People(NamedTuple):
    """The people of one chunk; `number` counts over all chunks."""

    number: NDArray[np.int64]  # [n] the person's id in the truth
    owner: NDArray[np.int64]  # [n] number of the household's first person: its shared things' owner
    shares: Flags  # [n] the household has a tablet that all its people use
    brands: NDArray[np.uint8]  # [n] RETAIL, COURIER or both
    customer: Flags  # [n] has a customer id, now or later
    early: Flags  # [n] had it before the time that the events cover
    untracked: Flags  # [n] apps get JUNK_DEVICE for a device id
    new_phone: NDArray[np.int64]  # [n] microseconds into the period; past its end: never
    cookie_life: NDArray[np.int64]  # [n] microseconds until the browser forgets its cookie
    first_name: pa.Array  # [n]
    email: pa.Array  # [n]
    alt_email: pa.Array  # [n] null: has one e-mail only
    has_alt: Flags  # [n]
    phone: NDArray[np.uint8]  # [n, 10] ASCII digits
    has_phone: Flags  # [n]
    customer_id: pa.Array  # [n]
    plan: pa.Array  # [n]


def make_people(rng: Generator, first: int, count: int, salt: int) -> People:
    """Make a chunk of people.

    Args:
        rng: the chunk's own.
        first: number of the chunk's first person.
        count: of people.
        salt: of the whole world, so that worlds of other seeds have other ids.
    """
    number = np.arange(first, first + count, dtype=np.int64)
    owner, shares = _households(rng, number)
    both = np.uint8(RETAIL | COURIER)
    brands = rng.choice(np.array([RETAIL, COURIER, both], np.uint8), count, p=[0.6, 0.25, 0.15])
    name = _names(rng, count)
    has_alt = rng.random(count) < 0.12
    email, alt_email = _emails(rng, number, name, owner)
    return People(
        number=number,
        owner=owner,
        shares=shares,
        brands=brands,
        customer=rng.random(count) < 0.6,
        early=rng.random(count) < 0.5,
        untracked=rng.random(count) < 0.06,
        new_phone=(rng.random(count) * 8 * PERIOD_US).astype(np.int64),
        cookie_life=(rng.exponential(0.7, count) * PERIOD_US).astype(np.int64) + 86_400_000_000,
        first_name=name,
        email=email,
        alt_email=pc.if_else(pa.array(has_alt), alt_email, None),
        has_alt=has_alt,
        phone=phone_digits(number),
        has_phone=rng.random(count) < 0.7,
        customer_id=hexes(mix(number.astype(np.uint64), salt)),
        plan=pa.array(["free", "plus", "pro"]).take(
            pa.array(rng.choice(3, count, p=[0.7, 0.22, 0.08]))
        ),
    )


def _emails(
    rng: Generator, number: NDArray[np.int64], name: pa.Array, owner: NDArray[np.int64]
) -> tuple[pa.Array, pa.Array]:
    """[n] everybody's e-mail, and what would be the second one of each."""
    count = len(number)
    local = pc.binary_join_element_wise(
        pc.utf8_lower(name), pa.array(number).cast(pa.string()), "."
    )
    domain = pa.array(_DOMAINS).take(pa.array(rng.choice(3, count, p=[0.5, 0.3, 0.2])))
    email = pc.binary_join_element_wise(local, domain, "")
    work = pc.binary_join_element_wise(local, pa.scalar("@work.example"), "")
    # a few use the e-mail of the household's first person: even e-mails are shared
    family = pa.array((rng.random(count) < 0.15) & (owner != number))
    return email, pc.if_else(family, email.take(pa.array(owner - number[0])), work)


def _households(rng: Generator, number: NDArray[np.int64]) -> tuple[NDArray[np.int64], Flags]:
    """Each person's household, as its first person's number, and whether it shares a tablet."""
    n = len(number)
    ends = np.cumsum(rng.choice(5, n, p=_HOUSEHOLD_SIZES) + 1)
    household = np.searchsorted(ends, np.arange(n), side="right")
    first = np.concatenate([[0], ends])[household]
    size = np.minimum(ends[household], n) - first
    return number[first], (rng.random(n)[household] < 0.5) & (size > 1)


def _names(rng: Generator, count: int) -> pa.Array:
    """First names that nobody has, of three syllables."""
    syllables = pa.array(_SYLLABLES)
    parts = [syllables.take(pa.array(of)) for of in rng.integers(len(_SYLLABLES), size=(3, count))]
    return pc.utf8_capitalize(pc.binary_join_element_wise(*parts, ""))


def thing_ids(
    owner: NDArray[np.int64], kind: NDArray[np.integer[Any]], generation: NDArray[Any], salt: int
) -> pa.Array:
    """[n] ids of cookies and devices: by owner, kind (BROWSER, PHONE, …) and generation."""
    key: Words = ((owner * 4 + kind) * _GENERATIONS + generation).astype(np.uint64)
    return uuids(mix(key, salt ^ 0x5DEECE66D), mix(key, salt ^ 0x2545F4914F6CDD1D))
