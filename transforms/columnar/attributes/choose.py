"""Chooses a record, or adds up, for each profile."""

import numpy as np

from idweave.transforms.columnar.arrays.compile import kernel
from idweave.transforms.columnar.arrays.types import Ints, Longs


def last_row(profile: Ints | Longs, row: Longs, profiles: int) -> Longs:
    """[profiles] the last candidate of each, or -1."""
    out = np.full(profiles, -1, np.int64)
    out[profile] = row  # of equal places the last one stays
    return out


def first_row(profile: Ints | Longs, row: Longs, profiles: int) -> Longs:
    """[profiles] the first candidate of each, or -1."""
    return last_row(profile[::-1], row[::-1], profiles)


@kernel
def extreme_row(profile, row, value, greatest, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the first candidate of each with its largest value, or its smallest; or -1."""
    out = np.full(profiles, -1, np.int64)
    best = np.zeros(profiles, value.dtype)
    for i in range(len(profile)):
        p = profile[i]
        beyond = value[i] > best[p] if greatest else value[i] < best[p]
        if out[p] < 0 or beyond:
            out[p] = row[i]
            best[p] = value[i]
    return out


@kernel
def deciding_row(profile, row, value, decides, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the first candidate of each whose value decides, else the first; or -1.

    Also whether it decided.
    """
    out = np.full(profiles, -1, np.int64)
    decided = np.zeros(profiles, np.bool_)
    for i in range(len(profile)):
        p = profile[i]
        if out[p] < 0 or (value[i] == decides and not decided[p]):
            out[p] = row[i]
            decided[p] = value[i] == decides
    return out, decided


@kernel
def whole_sums(profile, value, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the exact sums of 64-bit numbers, and which of them fit into 64 bits."""
    high = np.zeros(profiles, np.int64)
    low = np.zeros(profiles, np.int64)  # of 32 bits each: fewer than 2**31 are added
    for i in range(len(profile)):
        high[profile[i]] += value[i] >> 32
        low[profile[i]] += value[i] & 0xFFFFFFFF
    out = np.zeros(profiles, np.int64)
    fits = np.zeros(profiles, np.bool_)
    for p in range(profiles):
        top = high[p] + (low[p] >> 32)
        fits[p] = -(2**31) <= top < 2**31
        if fits[p]:
            out[p] = (top << 32) | (low[p] & 0xFFFFFFFF)
    return out, fits


@kernel
def most_frequent_row(profile, count, last, profiles):  # type: ignore[no-untyped-def]
    """[profiles] the last row of each one's most frequent value; ties: the value seen last."""
    out = np.full(profiles, -1, np.int64)
    most = np.zeros(profiles, np.int64)
    for i in range(len(profile)):
        p = profile[i]
        if count[i] > most[p] or (count[i] == most[p] and last[i] > out[p]):
            most[p] = count[i]
            out[p] = last[i]
    return out
