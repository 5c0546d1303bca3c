"""Ends a run cleanly when it is asked to stop: by Ctrl-C, or by the SIGTERM of a scheduler."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Stop:
    """While the block runs, the first signal raises KeyboardInterrupt and later ones do nothing.

    A runner may wrap the interruption or swallow it; a block that was asked to stop ends by
    KeyboardInterrupt all the same, until it says that it is past that.
    """

    def __init__(self) -> None:
        self._asked = self._past = False
        self._before: dict[int, Any] = {}

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
            raise KeyboardInterrupt
