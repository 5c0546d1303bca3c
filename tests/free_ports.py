"""Ports for servers of tests, which run beside other tests and other servers."""

import contextlib
import random
import socket
from pathlib import Path

_FIRST, _LAST = 10_000, 32_000


def free_ports(count: int) -> list[int]:
    """Free ports that nobody gets by chance before a server listens there.

    The system gives those of its own range to whoever asks for any, and to every connection.
    """
    last = _LAST
    with contextlib.suppress(OSError):  # not Linux
        last = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    last = last if last > _FIRST + 1000 else _LAST
    tried = random.SystemRandom().sample(range(_FIRST, last), 1000)
    return [port for port in tried if _is_free(port)][:count]


def _is_free(port: int) -> bool:
    with socket.socket() as one, contextlib.suppress(OSError):
        one.bind(("127.0.0.1", port))
        return True
    return False
