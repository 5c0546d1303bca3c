"""Tells a policy what people decided about a piece, and remembers what became of it."""

from typing import Protocol

import numpy as np

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.deciding.of_piece import (
    decisions_of_piece,
    joined,
    of_piece,
    uncounted,
)
from idweave.transforms.columnar.policies.seam import (
    Decisions,
    Identities,
    Observations,
    Resolution,
)
from idweave.transforms.exchange.decision_files import OutcomesFile
from idweave.transforms.job import Job
from idweave.transforms.views.decided import named_identities, read_rulings
from idweave.transforms.views.read_piece import Read
from idweave.transforms.views.unit_graph import scope_hashes


class Resolve(Protocol):
    """A policy with its rules."""

    def __call__(
        self, observations: Observations, identities: Identities, *, decisions: Decisions | None
    ) -> Resolution:
        """Answer which profile each observation has."""
        ...


class Outcomes:
    """The decisions of one graph, and those that held together in one shard of a strategy."""

    def __init__(self, job: Job, graph: int) -> None:
        """Read what the decisions mean."""
        named = named_identities(job, job.graphs[graph])
        self._job, self._rulings = job, read_rulings(job, graph)
        scope = np.maximum(self._rulings.scope, 0)  # those that are nowhere don't work
        self._left, self._right = (
            scope_hashes(job, job.graphs[graph], named.hash[side], scope)
            for side in (self._rulings.left, self._rulings.right)
        )
        self._joined: list[Ints] = [np.empty(0, np.int32)]

    def resolve(self, read: Read, policy: Resolve) -> Resolution:
        """Ask the policy; what people made has no profile of its own in the answer."""
        piece = read.piece
        linked = len(piece.identities.type)
        hashes = read.hash[piece.place[:linked]]
        found = of_piece(self._rulings, self._left, self._right, hashes)
        together = read.decided[piece.order]
        decisions = decisions_of_piece(found, linked, together)
        answer = policy(piece.observations, piece.identities, decisions=decisions)
        self._joined.append(joined(found, answer, linked))
        return uncounted(answer, together)

    def keep(self, strategy: int, shard: int) -> None:
        """Write which of them one profile holds both identities of."""
        contents = OutcomesFile(ruling=np.unique(np.concatenate(self._joined)))
        self._job.store.write(OutcomesFile.at(strategy, shard), contents)
