"""`idweave privacy check`: what published runs still hold of people who asked for erasure."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.load_settings import load_settings
from idweave.pipelines.cli.options import know_file_systems
from idweave.pipelines.log import Log


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("does", choices=["check"], help="search runs for what erasure requests name; exit 3: found")
    add("folder", metavar="DIR", help="the --output of the runs")
    add("--config", required=True, metavar="CONFIG", help="the configuration, which has `privacy`")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="override one key of it")
    add("--all-runs", action="store_true", help="search all runs, not only the current one")
    add("--json", action="store_true", help="answer for programs")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Search, and say what was found."""
    from idweave.pipelines.privacy.check import check

    know_file_systems(known.folder)
    return check(known, load_settings(known, Log()))
