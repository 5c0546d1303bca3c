"""`idweave report`: one page on a run, to read in a browser or on paper."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.options import know_file_systems


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the runs")
    add("--run-id", metavar="ID", help="of another run than the current one")
    add("--output", metavar="FILE", help="where the page goes; default: report-RUN_ID.html here")
    add("--show-values", action="store_true", help="show identity values, which are personal data")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Write the page."""
    from idweave.pipelines.report.command import report

    know_file_systems(known.folder)
    return report(known)
