"""What each policy is told: its limits and switches, types being places in `link_on` from 0."""

from typing import NamedTuple


class MergeAll(NamedTuple):
    """A component is a profile; there is nothing to say."""


class Attribution(NamedTuple):
    """Whose a device's records are (SEMANTICS 3.2)."""

    mode: str  # last_auth | device_split | anonymous_last_auth
    device: tuple[int, ...]
    person: tuple[int, ...]


class ConstrainedMerge(NamedTuple):
    """Links are added in an order; one that would break a limit is dropped."""

    unique: tuple[int, ...]
    max_values: tuple[tuple[int, int], ...]  # (type, most values of a profile)
    exclusive: tuple[tuple[int, ...], ...]  # at most one identity over the types of each
    max_profile_values: int | None
    order: tuple[str, ...]  # newest_observation | strength | newest | oldest; then lexical
    attribution: Attribution | None


class IdSync(NamedTuple):
    """Every request resolves to one profile; nothing ever merges."""

    login: tuple[int, ...]
    unique: tuple[int, ...]  # direct types are among them
    immutable: tuple[int, ...]
    direct: tuple[int, ...]
    on_new_login: str  # add | create | create_linked
    on_logout: str  # create | return_anonymous
    search_requires_immutable: bool


class DemoteWeakest(NamedTuple):
    """The incoming record loses its weakest identity until it fits."""

    max_values: tuple[int, ...]  # of each type of `link_on`
    max_profile_values: int | None


class NoGuess(NamedTuple):
    """A contested identity belongs to nobody."""

    unique: tuple[int, ...]


Rules = MergeAll | ConstrainedMerge | IdSync | DemoteWeakest | NoGuess
