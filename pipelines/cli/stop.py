"""Ends a run cleanly when it is asked to stop: by Ctrl-C, or by the SIGTERM of a scheduler."""

import contextlib
import glob
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

WORKER = "idweave.transforms.running.worker_process"  # what a worker process runs


class Stop:
    """While the block runs, the first signal raises KeyboardInterrupt and later ones do nothing.

    A runner may wrap the interruption or swallow it; a block that was asked to stop ends by
    KeyboardInterrupt all the same, until it says that it is past that.
    """

    def __init__(self) -> None:
        self._asked = self._past = False
        self._before: dict[int, Any] = {}
        self._hooks = threading.excepthook, sys.unraisablehook

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        threading.excepthook, sys.unraisablehook = self._hooks
        if self._asked and not isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt from error

    def check(self) -> None:
        """Stop now if that was asked and somebody swallowed it."""
        if self._asked:
            raise KeyboardInterrupt

    def now_publishing(self) -> None:
        """From here on the run is brought to its end, whoever asks to stop."""
        self.check()
        self._past = True

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._asked and not self._past:
            self._asked = True
            # threads complain of what is taken from them, callbacks of being interrupted
            threading.excepthook = lambda _: None
            sys.unraisablehook = lambda _: None
            _kill_workers()
            raise KeyboardInterrupt


def _kill_workers() -> None:
    """End the in-process runner's worker processes: it would wait for their work, and they write.

    They are our children; where the system doesn't list them (not Linux) they are waited for.
    """
    for children in glob.glob("/proc/self/task/*/children"):
        with contextlib.suppress(OSError), open(children) as file:
            for child in file.read().split():
                with open(f"/proc/{child}/cmdline", "rb") as arguments:
                    if WORKER.encode() in arguments.read().split(b"\0"):
                        os.kill(int(child), signal.SIGKILL)
