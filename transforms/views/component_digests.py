"""The ids of a unit's components."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from idweave.transforms.columnar.arrays.take_rows import in_places
from idweave.transforms.exchange.component_files import AskedFile, NamedFile
from idweave.transforms.exchange.lasting_files import LastingComponentsFile
from idweave.transforms.job import Done, Job, Linked
from idweave.transforms.views.graph_units import place_in_graph


def profile_digests(
    job: Job, strategy: int, unit: Linked, linked: Sequence[Linked], named: Sequence[Done]
) -> NDArray[np.uint64]:
    """[components, 2] the ids of the profiles that the components are: lasting with a base."""
    if job.strategies[strategy].base is None:
        return component_digests(job, unit, linked, named)
    place = place_in_graph(linked, unit)
    answers = []
    for shard in sorted(int(done.name) for done in named if done.of == unit.graph):
        with job.store.open(LastingComponentsFile.at(strategy, shard)) as answered:
            low, high = answered.start.span(place)
            answers.append(answered.digest[low:high])
    return _in_order(job, unit, answers)


def component_digests(
    job: Job, unit: Linked, linked: Sequence[Linked], named: Sequence[Done]
) -> NDArray[np.uint64]:
    """[components, 2] the ids of a unit's local components, as two words of 8 bytes."""
    place = place_in_graph(linked, unit)
    answers = [np.empty((0, 2), np.uint64)]
    for shard in sorted(int(done.name) for done in named if done.of == unit.graph):
        with job.store.open(NamedFile.at(unit.graph, shard)) as answered:
            low, high = answered.start.span(place)
            answers.append(answered.digest[low:high])
    return _in_order(job, unit, answers)


def _in_order(job: Job, unit: Linked, answers: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Answers in the order of the unit's components."""
    with job.store.open(AskedFile.at(unit.graph, unit.unit)) as asked:
        return in_places(np.concatenate(answers), asked.component[:])
