"""Text of a simulated world, made from integers: ids, phone numbers, misspelt e-mails."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.hex import hex_digits
from idweave.transforms.columnar.arrays.mix import finalised
from idweave.transforms.columnar.arrays.types import Flags

Words = NDArray[np.uint64]
Places = NDArray[np.integer[Any]]

_DASHES = (8, 13, 18, 23)
_LETTERS = np.setdiff1d(np.arange(36), _DASHES)


def mix(keys: Words, salt: int) -> Words:
    """[n] scrambled keys, distinct for distinct keys: the finaliser of splitmix64 (Steele 2014)."""
    z = keys + np.uint64(salt)  # arrays of integers wrap
    return finalised(z)


def uuids(high: Words, low: Words) -> pa.Array:
    """[n] strings in the form of a UUID, 36 characters, from 128 bits."""
    digits = hex_digits(np.column_stack([high, low]))
    text = np.full((len(high), 36), ord("-"), np.uint8)
    text[:, _LETTERS] = digits.reshape(len(high), 32)
    return of_bytes(text)


def hexes(words: Words) -> pa.Array:
    """[n] strings of 16 hex digits."""
    digits = hex_digits(words)
    return of_bytes(digits.reshape(len(words), 16))


def of_bytes(text: NDArray[np.uint8]) -> pa.Array:
    """[n] strings from an [n, w] matrix of ASCII codes."""
    n, width = text.shape
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))]
    return pa.Array.from_buffers(pa.string(), n, buffers)


def phone_digits(people: NDArray[np.int64]) -> NDArray[np.uint8]:
    """[n, 10] ASCII digits of a phone number for each person's number, distinct up to 640 million.

    Area codes N9X: the North American plan keeps them free, so no number is anyone's.
    """
    spread = (people * 381_654_729 + 29_292_929) % 640_000_000
    area, exchange, line = spread // 8_000_000, spread // 10_000 % 800 + 200, spread % 10_000
    digits = [area // 10 + 2, np.full_like(area, 9), area % 10]
    digits += [exchange // place % 10 for place in (100, 10, 1)]
    digits += [line // place % 10 for place in (1000, 100, 10, 1)]
    return (np.column_stack(digits) + ord("0")).astype(np.uint8)


def write_phones(digits: NDArray[np.uint8], form: Places) -> pa.Array:
    """[n] phone numbers from [n, 10] digits: form 0 E.164, 1 `(299) 234-5678`, 2 `299-234-5678`."""
    groups = [digits[:, :3], digits[:, 3:6], digits[:, 6:]]
    forms = [
        _joined("+1", digits, ""),
        _joined("(", groups[0], ") ", groups[1], "-", groups[2]),
        _joined("", groups[0], "-", groups[1], "-", groups[2]),
    ]
    return pc.choose(pa.array(form.astype(np.int32)), *forms)


def _joined(*parts: str | NDArray[np.uint8]) -> pa.Array:
    """[n] strings of constant texts and [n, w] matrices of ASCII codes."""
    n = next(len(part) for part in parts if not isinstance(part, str))
    columns = [
        np.tile(np.frombuffer(part.encode(), np.uint8), (n, 1)) if isinstance(part, str) else part
        for part in parts
    ]
    return of_bytes(np.hstack(columns))


def misspell(emails: pa.Array, slip: Places) -> pa.Array:
    """[n] e-mails with a slip of the hand each: 0 two letters swapped, 1 one lost, 2 the domain.

    A number that only its person has stays in every local part, so no slip gives another's e-mail.
    """
    head, second, third, tail = (
        pc.utf8_slice_codeunits(emails, start, stop)
        for start, stop in ((0, 1), (1, 2), (2, 3), (3, None))
    )
    slips = [
        pc.binary_join_element_wise(head, third, second, tail, ""),
        pc.binary_join_element_wise(head, third, tail, ""),
        pc.replace_substring(emails, ".example", ".exmaple"),
    ]
    return pc.choose(pa.array(slip.astype(np.int32)), *slips)


def rough(emails: pa.Array, style: Places) -> pa.Array:
    """[n] e-mails as people type them: style 1 in capitals, 2 with a blank behind, else as is."""
    blank = pc.binary_join_element_wise(emails, pa.scalar(" "), "")
    kinds = [emails, pc.utf8_upper(emails), blank]
    return pc.choose(pa.array(style.astype(np.int32)), *kinds)


def take_where(values: pa.Array, at: Places, given: Flags) -> pa.Array:
    """[n] `values[at]`, null where nothing is given."""
    return values.take(pa.array(at.astype(np.int32), mask=~given))


def place_where(values: pa.Array, given: Flags) -> pa.Array:
    """[n] the values in order at the places that are given, null elsewhere."""
    return take_where(values, np.cumsum(given) - 1, given)
