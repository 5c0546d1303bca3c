"""`idweave profile`: everything that a run says of one person."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.options import know_file_systems


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the run")
    add(
        "--strategy",
        metavar="NAME",
        help="whose profiles are meant; needed where there are several",
    )
    add("--scope", metavar="S", help="look in this scope only; default: in all")
    add("--run-id", metavar="ID", help="of another run than the current one")
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
