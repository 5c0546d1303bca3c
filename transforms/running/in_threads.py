"""Runs a stage's function on several elements at once, in a small pool inside the DoFn."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import MIN_TIMESTAMP
from apache_beam.utils.windowed_value import WindowedValue

from idweave.transforms.exchange.store import kept_here
from idweave.transforms.running.memory import keep_memory_of_a_stage
from idweave.transforms.running.metrics import count_bytes, count_result

THREADS = 2  # Arrow, NumPy and the kernels release the interpreter's lock
_WAITING = 4 * THREADS  # results, which are small: an element that takes long keeps no thread idle


class InThreads(beam.DoFn):
    """Calls ``function(element, *sides)``; results come in the order of the elements.

    At most _WAITING + 1 results wait; what is left at the end of a bundle is given in
    `finish_bundle`. Elements are few and large, so a bundle is a handful of them.
    """

    def __init__(self, function: Callable[..., Iterable[Any]]) -> None:
        self._function = function

    def setup(self) -> None:
        keep_memory_of_a_stage()
        self._pool = ThreadPoolExecutor(THREADS)

    def start_bundle(self) -> None:
        self._waiting: deque[Future[tuple[list[Any], int]]] = deque()

    def process(self, element: Any, *sides: Any) -> Iterator[Any]:
        self._waiting.append(self._pool.submit(self._call, element, sides))
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > _WAITING):
            yield from self._first()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        while self._waiting:
            for result in self._first():
                yield WindowedValue(result, MIN_TIMESTAMP, (GlobalWindow(),))

    def teardown(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _call(self, element: Any, sides: tuple[Any, ...]) -> tuple[list[Any], int]:
        kept_here.bytes = 0
        return list(self._function(element, *sides)), kept_here.bytes

    def _first(self) -> list[Any]:
        results, kept_bytes = self._waiting.popleft().result()
        count_bytes(kept_bytes)
        for result in results:
            count_result(result)
        return results


def in_threads(function: Callable[..., Iterable[Any]], output: type, *sides: Any) -> beam.ParDo:
    """A ParDo of the function with typed output; side inputs are lists."""
    views = [beam.pvalue.AsList(side) for side in sides]
    return beam.ParDo(InThreads(function), *views).with_output_types(output)
