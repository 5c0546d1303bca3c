"""`idweave diff`: two strategies compared, of one run or of two."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.options import know_file_systems


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the runs")
    add("left", metavar="LEFT", help="[RUN_ID:]STRATEGY; without a run: of the current one")
    add("right", metavar="RIGHT", help="what it is compared with, written alike")
    add("--json", action="store_true", help="answer for programs")
    add(
        "--output",
        metavar="FOLDER",
        help="write there which profiles share how many records, in Parquet",
    )


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Compare what was published."""
    from idweave.pipelines.diff.command import diff

    know_file_systems(known.folder)
    return diff(known)
