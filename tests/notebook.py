"""Runs the notebook of the examples: `python -m tests.notebook` writes what its cells print."""

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[1] / "examples" / "python.ipynb"


def run_cells(folder: Path) -> tuple[list[str], dict[str, Any]]:
    """What each cell of code prints, run one after the other in a folder; and what they define."""
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = []
    before = Path.cwd()
    os.chdir(folder)
    try:
        for cell in code_cells(json.loads(NOTEBOOK.read_text())):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), names)
            printed.append(out.getvalue())
    finally:
        os.chdir(before)
    return printed, names


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells that are run."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text_of(cell: dict[str, Any]) -> str:
    """What the notebook says that a cell prints."""
    return "".join(line for output in cell["outputs"] for line in output["text"])


def main() -> None:
    """Write the outputs into the notebook."""
    with tempfile.TemporaryDirectory() as folder:
        printed, _ = run_cells(Path(folder))
    notebook = json.loads(NOTEBOOK.read_text())
    for number, (cell, text) in enumerate(zip(code_cells(notebook), printed, strict=True), 1):
        cell["execution_count"] = number
        stream = {"name": "stdout", "output_type": "stream", "text": text.splitlines(True)}
        cell["outputs"] = [stream] if text else []
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
