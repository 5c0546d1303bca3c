"""Opens a page in headless Chromium once and tells what happened: DOM, console, requests."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlparse

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WHY_NOT = "no Chromium on this machine: apt-get install chromium (.ci/run does where it may)"
_OWN = ("google.com", "googleapis.com", "gstatic.com", "gvt1.com")  # that it asks itself


class Opened(NamedTuple):
    """A page after it was loaded."""

    dom: str
    console: list[str]
    requests: list[str]


def open_page(page: Path, width: int = 1000) -> Opened:
    """Load a file; no name is resolved, so nothing leaves the machine."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory() as folder:
        net = Path(folder) / "net.json"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        options += [f"--user-data-dir={folder}/profile", f"--log-net-log={net}"]
        options += ["--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"]
        options += [f"--window-size={width},2000", "--disable-background-networking"]
        command = [PROGRAM, *options, "--dump-dom", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        log = net.read_text()
    urls = set(re.findall(r'"url":"([^"]+)"', log))
    asked = sorted(url for url in urls if not (urlparse(url).hostname or "").endswith(_OWN))
    console = re.findall(r"CONSOLE[^\]]*\] (.*)", done.stderr)
    return Opened(done.stdout, console, asked)
