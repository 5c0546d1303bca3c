"""`idweave explain`: why two identities are together or apart."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.options import add_run_of_strategy, know_file_systems


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add_run_of_strategy(command, scope="in all that have both")
    add = command.add_argument
    add("--json", action="store_true", help="answer for programs")
    add("left", metavar="TYPE:VALUE", help="an identity, as email:a@example.com")
    add("right", metavar="TYPE:VALUE", help="the other one")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Answer from a published run."""
    from idweave.pipelines.explain.command import explain

    know_file_systems(known.folder)
    return explain(known)
