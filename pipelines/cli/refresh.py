"""`idweave refresh`: the scheduled job, as backfill on the base of an earlier run."""

import argparse

from idweave.pipelines.cli import backfill
from idweave.pipelines.cli.backfill import EPILOG, run

__all__ = ["EPILOG", "add_options", "run"]


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    backfill.add_options(command)
    command.add_argument(
        "--base", metavar="RUN_ID", help="the run whose ids last; default: the current one, and if "
        "there is none, none",
    )  # fmt: skip
