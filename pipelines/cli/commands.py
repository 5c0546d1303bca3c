"""All commands, and the parser of the command line; a command's file is read when it is asked for.

A command is a module of this folder with `add_options(parser)`, `run(known, rest, unchecked)` and
maybe an `EPILOG` of its help. What is costly to import is imported inside `run`.
"""

import argparse
import importlib
from types import ModuleType
from typing import Any

from idweave.pipelines.cli.options import STATUSES, Parser

COMMANDS = {  # name, as its module is called: what it does
    "init": "Write a first configuration from what is in the files.",
    "simulate": "Write a synthetic world and its configuration.",
    "validate": "Check a configuration and its sources; run nothing.",
    "backfill": "Read all sources, resolve, publish one run.",
    "refresh": "As backfill, building on the current run: ids last.",
    "runs": "List the published runs, or make one of them current.",
    "prune": "Remove old runs whole, never the current one.",
    "schema": "Print where the configuration's JSON Schema is, for editors.",
    "explain": "Say why two identities are together or apart.",
    "report": "Write one page on a run: what it made, what to look at first.",
    "profile": "Say everything that a run knows of one person.",
    "diff": "Compare two strategies, of one run or of two, on full data.",
    "privacy": "Search runs for people who asked for erasure.",
    "load": "Bring a run into a database, whole or by its changes.",
}
TAKE_BEAM_OPTIONS = {"backfill", "refresh"}


def module_of(name: str) -> ModuleType:
    """The module of a command."""
    return importlib.import_module(f"idweave.pipelines.cli.{name}")


def parser(asked: str | None = None) -> argparse.ArgumentParser:
    """The parser of all commands.

    Args:
        asked: fill in the options of this command only; None: of all.
    """
    whole = Parser(
        "idweave",
        description="Open identity resolution: event logs and CRM feeds in, who is who out.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, does in COMMANDS.items():
        module = module_of(name) if asked in (None, name) else None
        command = commands.add_parser(
            name,
            help=does,
            description=does,
            epilog=getattr(module, "EPILOG", STATUSES),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_argument("--debug", action="store_true", help="show tracebacks and Beam's log")
        if module is not None:
            module.add_options(command)
    return whole


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        from idweave.pipelines.cli.standard_output import say

        say(f"idweave {version('idweave')}")
        parser.exit()
