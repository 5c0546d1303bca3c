"""The ids that what a piece is resolved to is born with."""

import numpy as np

from idweave.transforms.columnar.arrays.types import Ints
from idweave.transforms.columnar.components.birth import (
    Born,
    identity_digests,
    record_digests,
    text_of,
)
from idweave.transforms.columnar.policies.seam import Resolution
from idweave.transforms.exchange.raw_arrays import Array
from idweave.transforms.job import Graph, Job
from idweave.transforms.views.read_piece import Read


def births_of_components(job: Job, graph: Graph, read: Read, first: Ints, identity: Ints) -> Array:
    """[n, 2] ids of components, from their first observations and the strongest identity there."""
    place = read.piece.place[identity]
    born = Born(read.scope[read.piece.order[first]], read.type[place].astype(np.int32), place)
    names = list(graph.scopes), list(job.type_names)
    return identity_digests(*names, born, text_of(read.value), job.id_key).view(np.uint64)


def births_of_profiles(job: Job, graph: Graph, read: Read, resolution: Resolution) -> Array:
    """[p, 2] ids: from the first identity in the merging policies, else from the first record."""
    observation, identity = resolution.birth_observation, resolution.birth_identity
    if len(observation) == 0:
        return np.empty((0, 2), np.uint64)
    order = read.piece.order
    scopes = list(graph.scopes)
    if (observation >= 0).all():
        row = order[observation]
        sources = [source.reading.name for source in job.sources]
        ids = text_of(read.record_id)
        born = Born(read.scope[row], read.source[row], row)
        digest = record_digests(scopes, sources, born, ids, job.id_key)
    else:
        of_component = np.zeros(len(read.piece.digest), np.int32)
        of_component[read.piece.observations.component] = read.scope[order]
        scope = of_component[resolution.profile_component]
        place = read.piece.place[identity]
        born = Born(scope, read.type[place].astype(np.int32), place)
        types = list(job.type_names)
        digest = identity_digests(scopes, types, born, text_of(read.value), job.id_key)
    return digest.view(np.uint64)
