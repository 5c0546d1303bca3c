"""What decisions mean for a graph, and a unit as they make it."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.factorise import Hashes
from idweave.transforms.columnar.arrays.siphash import hash_strings
from idweave.transforms.columnar.arrays.types import Flags, Ints
from idweave.transforms.columnar.deciding.decision import Decision, newest_first
from idweave.transforms.columnar.deciding.rulings import Rulings, decided_identities
from idweave.transforms.columnar.identities.observe import type_key
from idweave.transforms.exchange.decision_files import DecidedFile, RulingsFile
from idweave.transforms.exchange.raw_arrays import Array, RawArrays
from idweave.transforms.exchange.unit_file import UnitFile
from idweave.transforms.exchange.working_file import Address, WorkingFile
from idweave.transforms.job import Graph, Job


class Named(NamedTuple):
    """The ``d`` identities that a graph's decisions name, the stronger first."""

    type: NDArray[np.int16]  # [d]
    value: pa.Array  # [d]
    hash: Hashes  # [d, 2] of type and value


def decisions_of(job: Job, graph: Graph) -> list[Decision]:
    """A graph's decisions, by id."""
    return [(job.decisions or ())[place] for place in graph.decisions]


def named_identities(job: Job, graph: Graph) -> Named:
    """The identities that a graph's decisions name."""
    found = decided_identities(decisions_of(job, graph), graph.link_on)
    types = np.array([kind for kind, _ in found], np.int16)
    value = pa.array([value for _, value in found], pa.string())
    hashes = np.empty((len(found), 2), np.uint64)
    for kind in np.unique(types).tolist():
        at = np.flatnonzero(types == kind)
        key = type_key(job.run_key, job.type_names[kind])
        hashes[at] = hash_strings(value.take(pa.array(at)), key)
    return Named(types, value, hashes)


def read_rulings(job: Job, graph: int) -> Rulings:
    """What the decisions of a graph mean."""
    with job.store.open(RulingsFile.at(graph)) as file:
        return Rulings(
            decision=file.decision[:],
            scope=file.scope[:],
            left=file.left[:],
            right=file.right[:],
            apart=file.apart[:],
            links=file.links[:],
            works=file.works[:],
            tied_scope=file.tied_scope[:],
            tied=file.tied[:],
            tied_to=file.tied_to[:],
        )


def linked_rows(job: Job) -> list[tuple[int, str]]:
    """What people link, newest first, in each scope: place among the decisions, and the scope."""
    decisions = job.decisions or ()
    scopes: dict[int, set[str]] = {}
    for graph in job.graphs:
        for place in graph.decisions:
            if decisions[place].links:
                own = (scope for scope in graph.scopes if decisions[place].is_for(scope))
                scopes.setdefault(place, set()).update(own)
    order = sorted(scopes, key=lambda place: newest_first(decisions[place]))
    return [(place, scope) for place in order for scope in sorted(scopes[place], key=str.encode)]


class _Overlaid(RawArrays):
    """The arrays of one file, but for those that another one has under the same keys."""

    def __init__(self, above: RawArrays, below: RawArrays) -> None:
        self._above, self._below = above, below

    def close(self) -> None:
        """Close both files."""
        self._above.close()
        self._below.close()

    def __contains__(self, key: str) -> bool:
        return key in self._above or key in self._below

    def read(self, key: str, low: int = 0, high: int | None = None) -> Array:
        """Rows low..high of an array."""
        return (self._above if key in self._above else self._below).read(key, low, high)


def open_decided(job: Job, graph: int, unit: str, address: Address[UnitFile]) -> UnitFile:
    """Open a unit as a graph sees it: as it was read, or as decisions make it."""
    read = job.store.open(address)
    if not job.graphs[graph].decisions:
        return read
    decided = job.store.open(DecidedFile.at(graph, unit))
    if _is_touched(decided):
        return UnitFile.of(_Overlaid(decided.opened, read.opened))
    decided.opened.close()
    return read


def _is_touched(decided: DecidedFile) -> bool:
    return bool(decided.touched[:][0])


class Touched(NamedTuple):
    """What decisions make of a unit beside the fields that any unit has."""

    beside: Flags  # [e] as it was read, it counts as another value: it is only listed
    left_row: Ints  # [a] record of a value that `apart` left out
    left_identity: Ints  # [a] that value
    scope: Ints  # [s] scope of what people link, in the unit of that


def touched(unit: WorkingFile) -> Touched | None:
    """What decisions make of a unit that `open_decided` opened; None: it is as it was read."""
    arrays = unit.opened
    return _touched(DecidedFile.of(arrays)) if isinstance(arrays, _Overlaid) else None


def _touched(decided: DecidedFile) -> Touched:
    return Touched(
        decided.beside[:], decided.left_row[:], decided.left_identity[:], decided.scope[:]
    )
