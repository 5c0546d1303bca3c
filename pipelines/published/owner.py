"""Whose a working folder is, and whether that process still lives.

The owner writes who it is into `owner.json` and touches that file every minute. On the same host
(the same boot and the same process numbers) another process sees exactly whether the owner lives:
its number is taken, by a process that started at the same moment. Of another host's process only
the file's age tells: one that was not touched for an hour is taken for gone. No locks are needed,
which not every file system has.
"""

import contextlib
import json
import os
import socket
import threading
from types import TracebackType

from idweave.transforms.exchange.store import is_local, open_file, write_file

OWNER = "owner.json"
_BEAT_SECONDS = 60.0
_GONE_SECONDS = 3600.0  # without a beat, where no process can be asked
_SETTLED_SECONDS = 60.0  # a folder without an owner is young, or left behind after so long


def this_process() -> dict[str, object]:
    """Host, number and start of this process, as far as the system tells."""
    return {"host": _host(), "pid": os.getpid(), "started": _started(os.getpid())}


def this_process_as_json() -> bytes:
    """The same as a file holds it."""
    return json.dumps(this_process()).encode()


def _host() -> str:
    """What processes that see each other's numbers have in common."""
    found = [socket.gethostname()]
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id") as file:
        found.append(file.read().strip())
    with contextlib.suppress(OSError):
        found.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(found)


def _started(pid: int) -> str | None:
    """When a process started, in the system's own unit; None: it has ended, or nobody tells."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="latin-1") as file:
        state, *fields = file.read().rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    return None


def is_left_behind(folder: str, age: float) -> bool:
    """Whether nobody is at work in a working folder any more.

    Args:
        age: seconds since its owner touched it, or since it was made.
    """
    try:
        with open_file(f"{folder}/{OWNER}") as file:
            owner = json.loads(file.read())
            host, pid, started = owner["host"], int(owner["pid"]), owner["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return age > _SETTLED_SECONDS  # it has none yet, or what is here is no working folder
    if host != _host():
        return age > _GONE_SECONDS
    if started is not None:
        return bool(_started(pid) != started)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is somebody else's
    return age > _GONE_SECONDS


class Owned:
    """While the block runs, a working folder says that this process is at work in it."""

    def __init__(self, folder: str) -> None:
        self._path = f"{folder}/{OWNER}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Owned":
        self._sign()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _sign(self) -> None:
        write_file(self._path, this_process_as_json())

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT_SECONDS):
            with contextlib.suppress(Exception):  # a store that is away for a minute
                if is_local(self._path):
                    os.utime(self._path)
                else:
                    self._sign()
