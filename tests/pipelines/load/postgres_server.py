"""A Postgres server of Debian's packages, on a free port and in a folder of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.free_ports import free_ports


def programs() -> Path | None:
    """Where the newest server's programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[str]:
    """The URL of a server that ends with the block.

    Args:
        options: of the server, more than that it doesn't wait for the disk.
    """
    where = programs()
    assert where is not None
    # where its user may go, with a path that is short enough for a socket
    with tempfile.TemporaryDirectory(prefix="idweave-postgres-", dir="/tmp") as folder:
        own: dict[str, Any] = {"cwd": folder}
        if os.getuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
            own |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        init = [where / "initdb", "-D", f"{folder}/data", "-U", "idweave", "-A", "trust"]
        more = ["--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run([*init, *more], check=True, capture_output=True, **own)
        (port,) = free_ports(1)
        start = [where / "postgres", "-D", f"{folder}/data", "-p", str(port), "-k", folder]
        own_options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        process = subprocess.Popen(
            [*start, *own_options, *options], stderr=subprocess.DEVNULL, **own
        )
        try:
            url = f"postgresql://idweave@127.0.0.1:{port}/postgres"
            _wait_for(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # it waits for nobody
            process.wait(300)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    import adbc_driver_postgresql.dbapi as adbc

    deadline = time.monotonic() + 300
    while True:
        try:
            adbc.connect(url).close()
            return
        except adbc.Error:
            assert process.poll() is None, "the server doesn't start"
            assert time.monotonic() < deadline, "the server doesn't answer"
            time.sleep(0.1)
