"""Spreads elements over the workers; where all stages run in this process there is nothing to do.

Every DoFn costs the in-process runner some ten milliseconds, and a Reshuffle is four of them.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam.pvalue import PBegin
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

Element = TypeVar("Element")


def shares_process(pipeline: beam.Pipeline) -> bool:
    """Whether all stages run once, in this process."""
    return type(pipeline.runner) is FnApiRunner


class Spread(beam.PTransform[beam.PCollection[Element], beam.PCollection[Element]]):
    """The same elements, each for whichever worker is free."""

    def expand(self, elements: beam.PCollection[Element]) -> beam.PCollection[Element]:
        if shares_process(elements.pipeline):
            return elements
        return elements | beam.Reshuffle()


class Elements(beam.PTransform[PBegin, beam.PCollection[Element]]):
    """Elements that the launcher knows, paths or numbers, each for whichever worker is free.

    Beam's own Create takes two more DoFns, and compresses its values twice.
    """

    def __init__(self, elements: Sequence[Element], kind: Any) -> None:
        super().__init__()
        self._elements, self._kind = list(elements), kind

    def expand(self, begin: PBegin) -> beam.PCollection[Element]:
        each = beam.FlatMap(_each, self._elements).with_output_types(self._kind)
        return begin | beam.Impulse() | "Each" >> each | "Spread" >> Spread()


def _each(_: bytes, elements: list[Element]) -> list[Element]:
    return elements
