"""The command `report`: one page on a run, in one file."""

import argparse

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.published.run_tables import find_run
from idweave.pipelines.report.facts import read_facts
from idweave.pipelines.report.page import page
from idweave.pipelines.report.trend import past_runs
from idweave.transforms.exchange.store import write_file


def report(known: argparse.Namespace) -> int:
    """Write the page and say where it is; the exit status is 0 whatever it shows."""
    output = known.folder.rstrip("/") or "/"
    run = find_run(output, known.run_id)
    target = known.output or f"report-{run.run_id}.html"
    facts = read_facts(run, known.show_values)
    text = page(run, facts, past_runs(output, run), known.show_values)
    write_file(target, text.encode("utf-8", "backslashreplace"))
    say(target)
    return 0
