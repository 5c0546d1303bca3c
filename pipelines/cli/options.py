"""What can stand on the command line, with its help."""

import argparse
import datetime
from typing import NoReturn

from idweave.pipelines.errors import WrongUsage, shown

_STATUSES = """exit status:
  0  done
  1  the run failed or was stopped; nothing was published
  2  wrong usage or configuration
  3  a configured check failed; nothing was published"""

_BEAM = """Beam options:
  Beam's own options are passed on as they are, for instance --runner=FlinkRunner
  --flink_master=HOST:PORT -- --parallelism=4, or in process --direct_num_workers=2
  --direct_running_mode=multi_processing. One that neither side knows is an error. What stands
  after a bare -- goes to the runner unchecked: options that only a job server knows. Without
  --runner everything runs in this process."""


class Parser(argparse.ArgumentParser):
    """Errors of usage are the command's errors: one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{self.prog}: {message}; see {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    whole = Parser(
        "idweave",
        description="Open identity resolution: event logs and CRM feeds in, who is who out.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, epilog: str = _STATUSES) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_argument("--debug", action="store_true", help="show tracebacks and Beam's log")
        return command

    _simulate(add("simulate", "Write a synthetic world and its configuration."))
    _configured(add("validate", "Check a configuration and its sources; run nothing."))
    backfill = add(
        "backfill", "Read all sources, resolve, publish one run.", f"{_BEAM}\n\n{_STATUSES}"
    )
    _configured(backfill)
    _backfill(backfill)
    _explain(add("explain", "Say why two identities are together or apart."))
    return whole


def _simulate(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("out", metavar="OUT", help="folder to write: events, CRM rows, the truth, idweave.yaml")
    add("--people", type=int, required=True, metavar="N", help="how many people")
    add("--seed", type=int, default=1, metavar="S", help="the same seed, the same world; default 1")
    add("--files", type=int, default=4, metavar="K", help="files of events; default 4")


def _configured(command: argparse.ArgumentParser) -> None:
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


def _backfill(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--output", required=True, metavar="DIR", help="folder of the runs: local, or any that "
        "Beam's file systems open",
    )  # fmt: skip
    add(
        "--run-id", metavar="ID", help="name of the run, default: the time; one that is published "
        "already from the same input and configuration is not run again",
    )  # fmt: skip
    add(
        "--strategy", action="append", default=[], metavar="NAME", help="run this strategy only; "
        "may be repeated; the run becomes current only with --make-current",
    )  # fmt: skip
    add(
        "--from", dest="since", metavar="TIME", help="leave out records before this event time "
        "(ISO 8601; without a zone UTC); records without a time stay in",
    )  # fmt: skip
    add("--until", metavar="TIME", help="leave out records at this event time and after it")
    add(
        "--make-current", action="store_true", help="let readers start at this run: one of some "
        "strategies only, or one that is published already",
    )  # fmt: skip


def _explain(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the run")
    add("--strategy", required=True, metavar="NAME", help="whose profiles are meant")
    add("--scope", metavar="S", help="look in this scope only; default: in all that have both")
    add("--run-id", metavar="ID", help="of another run than the current one")
    add("--json", action="store_true", help="answer for programs")
    add("left", metavar="TYPE:VALUE", help="an identity, as email:a@example.com")
    add("right", metavar="TYPE:VALUE", help="the other one")


def is_name(text: str) -> bool:
    """Whether a text may name a run."""
    return 0 < len(text) <= 200 and text[0] not in ".-" and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in text
    )  # fmt: skip


def time_of(option: str, text: str | None) -> int | None:
    """Microseconds since the epoch of an ISO 8601 time; without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(
            f"{option}: {shown(text)}: not a time; allowed: ISO 8601, as 2026-01-31T10:00:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (moment - epoch) // datetime.timedelta(microseconds=1)
