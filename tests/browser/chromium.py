"""Opens a page in headless Chromium once and tells what happened: DOM, console, requests."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WHY_NOT = "no Chromium on this machine: apt-get install chromium (.ci/run does where it may)"
_ASKED = re.compile(r'"initiator":"([^"]*)".*"url":"([^"]+)"')  # in a line of the network's log
_NO_PAGE = "not an origin"  # the initiator of what the browser asks for itself


class Opened(NamedTuple):
    """A page after it was loaded, and what it asked for."""

    dom: str
    console: list[str]
    requests: list[str]


def open_page(page: Path, width: int = 1000) -> Opened:
    """Load a file; no name is resolved, so nothing leaves the machine."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # it ends slowly
        net = Path(folder) / "net.json"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        options += [f"--user-data-dir={folder}/profile", f"--log-net-log={net}"]
        options += ["--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"]
        options += [f"--window-size={width},2000", "--disable-background-networking"]
        command = [PROGRAM, *options, "--dump-dom", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        log = net.read_text()
    asked = sorted({url for initiator, url in _ASKED.findall(log) if initiator != _NO_PAGE})
    console = re.findall(r"CONSOLE[^\]]*\] (.*)", done.stderr)
    return Opened(done.stdout, console, asked)
