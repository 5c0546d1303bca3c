"""Shows how far a run is: on a terminal one line that changes, else a plain line now and then."""

import os
import threading
from types import TracebackType
from typing import TextIO

from idweave.pipelines.run.summary import number
from idweave.transforms.exchange.store import is_local

_TERMINAL_SECONDS = 0.5
_PLAIN_SECONDS = 15.0


class Progress:
    """Watches the working folder; nothing depends on it."""

    def __init__(self, folder: str, splits: int, graphs: int, log: TextIO) -> None:
        self._kept = f"{folder}/kept"
        self._splits, self._graphs, self._log = splits, graphs, log
        self._terminal = log.isatty()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Progress":
        splits, graphs = number(self._splits, "split"), number(self._graphs, "graph")
        self._log.write(f"reading {splits} for {graphs} of linkages\n")
        if is_local(self._kept):
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
        if self._terminal:
            self._log.write("\r\033[K")

    def _watch(self) -> None:
        last = ""
        while not self._stop.wait(_TERMINAL_SECONDS if self._terminal else _PLAIN_SECONDS):
            line = self._line()
            if line != last:
                self._log.write(f"\r\033[K{line}" if self._terminal else f"{line}\n")
                self._log.flush()
            last = line

    def _line(self) -> str:
        read = _files(f"{self._kept}/unit")
        linked = sum(_files(f"{self._kept}/link/{g}") for g in range(self._graphs))
        if not linked:
            return f"read {read} units of {self._splits} splits"
        return f"read {read} units, linked {linked} of {read * self._graphs}"


def _files(folder: str) -> int:
    try:
        return sum(not name.endswith(".tmp") for name in os.listdir(folder))
    except OSError:
        return 0
