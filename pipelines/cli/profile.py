"""`idweave profile`: everything that a run says of one person."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.options import add_run_of_strategy, know_file_systems


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add_run_of_strategy(command, scope="in all")
    add = command.add_argument
    add("--json", action="store_true", help="answer for programs, with all values")
    add("--show-values", action="store_true", help="show what the page masks")
    add(
        "asked",
        metavar="TYPE:VALUE|id:PROFILE_ID",
        help="an identity of the profile, as email:a@example.com, or an id that it has or had",
    )


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Answer from a published run."""
    from idweave.pipelines.profile.command import profile

    know_file_systems(known.folder)
    return profile(known)
