"""SEMANTICS 9, read slowly: audiences, who is in them since when, what platforms leave out."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

Row = Mapping[str, Any]  # of `profiles`, with identity_types and as_of
Holds = Callable[[Row], bool | None]  # what a condition says of it


class Platform(NamedTuple):
    """The rules of one platform."""

    name: str
    where: Holds | None = None
    audiences: tuple[str, ...] = ()
    sample: str | None = None


class Expected(NamedTuple):
    """Of one platform: the profiles that its rules leave, with their audiences, and counts."""

    left: dict[str, list[str]]
    counts: Counter[str]


def members(
    profiles: Sequence[Row], holds: Holds, as_of: Any, base: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Since when each member has been one; `base`: the same of the base."""
    return {
        row["profile_id"]: (base or {}).get(row["profile_id"], as_of)
        for row in profiles
        if holds(row) is True
    }


def is_sampled(platform: str, profile_id: str, share: str) -> bool:
    """Whether a profile is in a platform's sample."""
    text = f"sample\0{platform}\0{profile_id}"
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big") < int(Fraction(share) * 2**64)


def judge(
    profiles: Sequence[Row], platform: Platform, audiences: Mapping[str, Mapping[str, Any]]
) -> Expected:
    """Which profiles a platform's rules leave, before anything is required."""
    left, counts = {}, Counter[str]()
    for row in profiles:
        profile_id = row["profile_id"]
        own = sorted(name for name in platform.audiences if profile_id in audiences[name])
        if platform.where is not None and platform.where(row) is not True:
            counts["where"] += 1
        elif platform.audiences and not own:
            counts["audiences"] += 1
        elif platform.sample and not is_sampled(platform.name, profile_id, platform.sample):
            counts["sample"] += 1
        else:
            left[profile_id] = own
    return Expected(left, counts)
