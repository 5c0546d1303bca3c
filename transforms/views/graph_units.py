"""The units of one graph, and where the components of each begin."""

from collections.abc import Sequence

import numpy as np

from idweave.transforms.columnar.arrays.types import Longs
from idweave.transforms.job import Linked


def of_graph(linked: Sequence[Linked], graph: int) -> list[Linked]:
    """One graph's units, in order."""
    return sorted(part for part in linked if part.graph == graph)


def place_in_graph(linked: Sequence[Linked], unit: Linked) -> int:
    """The place of a unit among its graph's, as `of_graph` gives them."""
    return sum(part.unit < unit.unit for part in linked if part.graph == unit.graph)


def component_bases(units: Sequence[Linked]) -> Longs:
    """[units + 1] the global number of each unit's first local component."""
    return np.concatenate([[0], np.cumsum([unit.components for unit in units])]).astype(np.int64)
