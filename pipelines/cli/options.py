"""What commands have in common on the command line."""

import argparse
from typing import NoReturn

from idweave.pipelines.errors import WrongUsage, shown

STATUSES = """exit status:
  0  done
  1  the run failed or was stopped; nothing was published
  2  wrong usage or configuration
  3  a configured check failed; nothing was published"""


class Parser(argparse.ArgumentParser):
    """Errors of usage are the command's errors: one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{self.prog}: {message}; see {self.prog} --help")


def add_configuration(command: argparse.ArgumentParser) -> None:
    """The configuration file and what overrides it."""
    command.add_argument(
        "config", metavar="CONFIG", help="YAML file; its relative paths are relative to its folder"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override one key, as sources.web.path=2026/*.parquet; the value is YAML; relative "
        "paths are relative to the configuration file, too; may be repeated",
    )


def add_run_of_strategy(command: argparse.ArgumentParser, scope: str) -> None:
    """Which strategy of which run is meant.

    Args:
        scope: what happens without --scope.
    """
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the run")
    add(
        "--strategy",
        metavar="NAME",
        help="whose profiles are meant; needed where there are several",
    )
    add("--scope", metavar="S", help=f"look in this scope only; default: {scope}")
    add("--run-id", metavar="ID", help="of another run than the current one")


def know_file_systems(*paths: str) -> None:
    """Give Beam's file systems their options if a path needs them; Beam takes seconds to load."""
    from idweave.transforms.exchange.store import is_local

    if not all(map(is_local, paths)):
        from idweave.pipelines.cli.beam_options import beam_options

        beam_options([], [])


def time_of(option: str, text: str | None) -> int | None:
    """Microseconds since the epoch of an ISO 8601 time; without a zone it is UTC."""
    if text is None:
        return None
    from idweave.pipelines.settings.values import microseconds

    try:
        return int(microseconds(text))
    except ValueError as error:
        raise WrongUsage(f"{option}: {shown(text)}: {error}") from None
