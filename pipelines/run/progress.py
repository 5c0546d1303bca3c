"""Shows how far a run is: on a terminal one line that changes, else a plain line now and then."""

import os
import threading
from types import TracebackType

from idweave.pipelines.log import Log
from idweave.pipelines.wording import number
from idweave.transforms.columnar.arrays.compile import compiled
from idweave.transforms.exchange.store import is_local

_TERMINAL_SECONDS = 0.5
_PLAIN_SECONDS = 15.0


class Progress:
    """Watches the working folder; nothing depends on it."""

    def __init__(self, folder: str, splits: int, graphs: int, log: Log) -> None:
        self._kept, self._result = f"{folder}/kept", f"{folder}/result"
        self._splits, self._graphs, self._log = splits, graphs, log
        self._compiled = compiled()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Progress":
        splits, graphs = number(self._splits, "split"), number(self._graphs, "graph")
        self._log.lines([f"reading {splits} for {graphs} of linkages"])
        if is_local(self._kept) and not self._log.quiet:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._log.is_terminal:
            self._log.show("\r\033[K")

    def _watch(self) -> None:
        last, terminal = "", self._log.is_terminal
        while not self._stop.wait(_TERMINAL_SECONDS if terminal else _PLAIN_SECONDS):
            line = self._line()
            if line != last:
                self._log.show(f"\r\033[K{line}" if terminal else f"{line}\n")
            last = line

    def _line(self) -> str:
        read = _files(f"{self._kept}/unit")
        linked = sum(_files(f"{self._kept}/link/{g}") for g in range(self._graphs))
        line = f"read {read} units of {self._splits} splits"
        if linked:
            line = f"read {read} units, linked {linked} of {read * self._graphs}"
        if written := _files_below(self._result):
            line += f", wrote {number(written, 'file')}"
        if kernels := compiled() - self._compiled:
            line += f"; compiled {number(kernels, 'kernel')} (once after an install)"
        return line


def _files(folder: str) -> int:
    try:
        return sum(not name.endswith(".tmp") for name in os.listdir(folder))
    except OSError:
        return 0


def _files_below(folder: str) -> int:
    return sum(not name.endswith(".tmp") for _, _, names in os.walk(folder) for name in names)
