"""`idweave explain`: why two identities are together or apart."""

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
    add("--scope", metavar="S", help="look in this scope only; default: in all that have both")
    add("--run-id", metavar="ID", help="of another run than the current one")
    add("--json", action="store_true", help="answer for programs")
    add("left", metavar="TYPE:VALUE", help="an identity, as email:a@example.com")
    add("right", metavar="TYPE:VALUE", help="the other one")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Answer from a published run."""
    from idweave.pipelines.explain.command import explain

    know_file_systems(known.folder)
    return explain(known)
