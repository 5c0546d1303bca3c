"""Takes the pictures of the README of a real run: `python -m tests.browser.pictures OUTPUT`."""

import html
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import PROGRAM, WHY_NOT

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
_DIFF = ("careful", "everything")
_LINES = 12  # of the examples
_TERMINAL = (
    "<style>body {{ margin: 0; background: #131a21; color: #e6ebf0; }} "
    "pre {{ margin: 0; padding: 14px 18px; font: 13px/1.5 'DejaVu Sans Mono', monospace; }}"
    "</style><pre>$ idweave diff out {} {}\n{}</pre>"
)


def report_picture(output: str, folder: Path) -> None:
    """The top of the report, as a browser shows it."""
    page = folder / "report.html"
    _idweave("report", output, "--output", str(page))
    _picture(page, "report.png", (960, 1120))


def diff_picture(output: str, folder: Path) -> None:
    """What `diff` says, without the examples of what is the same, as a terminal shows it."""
    lines = _idweave("diff", output, *_DIFF).splitlines()
    same = lines.index("largest same:")
    merged = lines.index("largest merged:")
    shown = [*lines[:same], *lines[merged : merged + _LINES]]
    page = folder / "diff.html"
    page.write_text(_TERMINAL.format(*_DIFF, html.escape("\n".join(one[:118] for one in shown))))
    _picture(page, "diff.png", (960, 30 + 20 * (len(shown) + 1)))


def _idweave(*arguments: str) -> str:
    command = [sys.executable, "-m", "idweave", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _picture(page: Path, name: str, size: tuple[int, int]) -> None:
    assert PROGRAM is not None, WHY_NOT
    PICTURES.mkdir(exist_ok=True)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    options += [f"--window-size={size[0]},{size[1]}", f"--user-data-dir={page.parent}/profile"]
    options += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--screenshot={PICTURES / name}"]
    subprocess.run([PROGRAM, *options, page.as_uri()], capture_output=True, check=True, timeout=120)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        report_picture(sys.argv[1], Path(temporary))
        diff_picture(sys.argv[1], Path(temporary))
