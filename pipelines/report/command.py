"""The command `report`: one page on a run, in one file."""

import argparse
import os

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.published.run_tables import find_run
from idweave.pipelines.report.facts import read_facts
from idweave.pipelines.report.page import page
from idweave.pipelines.report.trend import past_runs
from idweave.transforms.exchange.store import is_local, write_file


def report(known: argparse.Namespace) -> int:
    """Write the page and say where it is; the exit status is 0 whatever it shows."""
    output = known.folder.rstrip("/") or "/"
    run = find_run(output, known.run_id)
    target = known.output or f"report-{run.run_id}.html"
    with run.reading():
        facts = read_facts(run, known.show_values)
    text = page(run, facts, past_runs(output, run), known.show_values)
    write_page(target, text.encode("utf-8", "backslashreplace"))
    say(target)
    return 0


def write_page(target: str, data: bytes) -> None:
    """Write to a file, which appears at once, or into a pipe or device, which stays one.

    Raises:
        WrongUsage: it is a folder.
    """
    if os.path.isdir(target):
        raise WrongUsage(f"--output: {shown(target)}: a folder; name a file in it")
    if is_local(target) and os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as file:
            file.write(data)
        return
    write_file(os.path.realpath(target) if is_local(target) else target, data)
