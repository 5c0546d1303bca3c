"""Records, strategies and expected results, as plain Python values."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Identity = tuple[str, str]  # (type, value)
Apart = frozenset[frozenset[Identity]]  # pairs that no profile may hold
Row = dict[str, Any]  # of a table, by column
Key = tuple[str, ...]  # of a profile: how it was born
RecordKey = tuple[str, str]  # (source, record id)
DECISIONS = "decisions"  # the source of observations that people decided
BAD = "unknown"  # a value that fails its tests: junk that is blocked by default


class Record(NamedTuple):
    """One record, its values normalised already."""

    source: str
    record_id: str
    event_time: int | None  # microseconds
    scope: str
    request: str
    create: bool
    identities: tuple[Identity, ...]
    changes: tuple[tuple[str, str | None, str | None], ...] = ()

    @property
    def key(self) -> RecordKey:
        """What names the record."""
        return self.source, self.record_id

    @property
    def decided(self) -> bool:
        """Whether it is an observation that people decided: it counts in no figure."""
        return self.source == DECISIONS


class Strategy(NamedTuple):
    """One strategy, in the words of the configuration."""

    policy: str
    link_on: tuple[str, ...]
    hubs: tuple[tuple[str, str, int], ...] = ()  # (type, linked type, more than)
    params: dict[str, Any] = {}
    direct: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # that it uses; none named: all

    def uses(self, record: Record) -> bool:
        """Whether the record's source is one that it uses."""
        return not self.sources or record.source in self.sources or record.decided


@dataclass
class Expected:
    """What a strategy makes of some records."""

    assignments: dict[RecordKey, tuple[Key | None, str, str | None]] = field(default_factory=dict)
    held: dict[Key, set[Identity]] = field(default_factory=dict)
    known: dict[Key, bool] = field(default_factory=dict)
    linked_from: dict[Key, Key | None] = field(default_factory=dict)
    drops: Counter[tuple[str, str, str, str | None, str]] = field(default_factory=Counter)
    dropped_links: set[tuple[Identity, Identity, str]] = field(default_factory=set)
    tied: dict[RecordKey, dict[Identity, Identity]] = field(default_factory=dict)
    left_out: dict[RecordKey, set[Identity]] = field(default_factory=dict)
    classes: dict[str, dict[Identity, Identity]] = field(default_factory=dict)  # by scope
    aparts: dict[str, Apart] = field(default_factory=dict)  # in force, by scope

    def refuse(self, record: Record, status: str, reason: str) -> None:
        """Leave a record without a profile."""
        if not record.decided:
            self.assignments[record.key] = (None, status, reason)

    def assign(self, record: Record, key: Key) -> None:
        """Give a record its profile."""
        if not record.decided:
            self.assignments[record.key] = (key, "assigned", None)

    def drop(self, record: Record, identity: Identity, rule: str) -> None:
        """Tell that a value was left out."""
        if not record.decided:
            self.drops[(*record.key, *identity, rule)] += 1

    def listed(self, everywhere: bool = False) -> dict[Key, set[Identity]]:
        """What `identities` lists as linked: what profiles hold, and tied values as they were read.

        A value as it was read is listed beside its class: where the record's profile holds that;
        `everywhere`: under the record's profile, whether it holds the class or not.
        """
        out = {key: set(held) for key, held in self.held.items()}
        for record_key, classes in self.tied.items():
            key = self.assignments[record_key][0]
            if key is not None:
                held = self.held[key]
                out[key] |= {v for v, to in classes.items() if everywhere or to in held}
        return out


def by_bytes(text: str) -> bytes:
    """How texts compare."""
    return text.encode()


def place_in_order(record: Record) -> tuple[bool, int, bytes, bytes]:
    """Records without a time first, then by time; ties by source, then record id."""
    timed = record.event_time is not None
    return timed, record.event_time or 0, by_bytes(record.source), by_bytes(record.record_id)


def counterparts(identity: Identity, apart: Apart) -> set[Identity]:
    """What a profile that holds the identity may not hold."""
    return {other for pair in apart if identity in pair for other in pair if other != identity}


def holds_both(identities: set[Identity], apart: Apart) -> bool:
    """Whether two of the identities are apart."""
    return any(pair <= identities for pair in apart)


def strength(strategy: Strategy, identity: Identity) -> tuple[int, bytes]:
    """Sorts the stronger identity first."""
    return strategy.link_on.index(identity[0]), by_bytes(identity[1])


def linked(strategy: Strategy, record: Record) -> list[Identity]:
    """The record's identities of linked types, strongest first."""
    own = {identity for identity in record.identities if identity[0] in strategy.link_on}
    return sorted(own, key=lambda identity: strength(strategy, identity))
