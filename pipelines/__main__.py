"""The command line: `idweave`, equal to `python -m pipelines`."""

import argparse
import difflib
import gc
import logging
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from pipelines.errors import CheckFailed, RunFailed, WrongUsage

_UNCHECKED = "--"  # what stands after it goes to the runner as it is


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{self.prog}: {message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line on standard error.

    Returns:
        The exit status: 0 done, 1 failed, 2 wrong usage, 3 a check failed.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    # Beam logs tracebacks of workers, which may quote data, and hints that are not for users
    logging.getLogger().setLevel(logging.WARNING if debug else logging.CRITICAL + 1)
    try:
        return _command(given)
    except (RunFailed, WrongUsage, CheckFailed) as error:
        print(error, file=sys.stderr)
        if debug:
            traceback.print_exc()
        return error.status
    except KeyboardInterrupt:
        print("stopped; nothing was published", file=sys.stderr)
        return 1
    except Exception as error:
        print(_one_line(error), file=sys.stderr)
        if debug:
            traceback.print_exc()
        return 1


_LOST = (  # what runners say of a worker that has gone: Beam's own one, then Flink
    "Channel closed prematurely",
    "is no longer reachable",
    "CANCELLED: client cancelled",
    "Connection unexpectedly closed by remote task manager",
    "Heartbeat of TaskManager",
)


def _one_line(error: BaseException) -> str:
    """What went wrong inside, without the runner's wrapping and without anything of the data."""
    from transforms.columnar.records import BadFile
    from transforms.contract import SolveLimit
    from transforms.resolve import ComponentTooLarge

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, BadFile | SolveLimit | ComponentTooLarge):
            return _published_nothing(str(seen))
        if isinstance(seen, OSError) and seen.filename is not None:
            return _published_nothing(f"{seen.filename}: {seen.strerror}")
        seen = seen.__cause__ or seen.__context__
    text = str(error)  # a runner may give the worker's error as text only
    for kind in (BadFile, SolveLimit, ComponentTooLarge):
        marker = f"{kind.__name__}: "
        if marker in text:
            return _published_nothing(text.split(marker, 1)[1].split("\n")[0])
    if of_file := re.search(r"\[Errno \d+\] ([^:'\n]+): '([^'\n]+)'", text):
        return _published_nothing(f"{of_file[2]}: {of_file[1]}")
    if any(words in text for words in _LOST):
        return _published_nothing(
            "a worker was lost while it was at work (killed, out of memory, or its machine is "
            "gone); run again"
        )
    return (
        f"the run failed inside ({type(error).__name__}); nothing was published; "
        "run again with --debug for where"
    )


def _published_nothing(text: str) -> str:
    line = " ".join(text.split()).split(" [while running")[0]
    return f"{line} (nothing was published)"


def _command(given: list[str]) -> int:
    unchecked: list[str] = []
    if _UNCHECKED in given:
        place = given.index(_UNCHECKED)
        given, unchecked = given[:place], given[place + 1 :]
    parser = _parser()
    known, rest = parser.parse_known_args(given)
    if known.command != "backfill" and (rest or unchecked):
        raise WrongUsage(f"{(rest or unchecked)[0]}: no option of {known.command}")
    return int(known.run(known, rest, unchecked))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("idweave", description="Open identity resolution.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: object, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.add_argument("--debug", action="store_true", help="show tracebacks")
        command.set_defaults(run=run)
        return command

    simulate = add("simulate", _simulate, "Write a synthetic world and its configuration.")
    simulate.add_argument("out", metavar="OUT")
    simulate.add_argument("--people", type=int, required=True, metavar="N")
    simulate.add_argument("--seed", type=int, default=1, metavar="S")
    simulate.add_argument("--files", type=int, default=4, metavar="K")
    validate = add("validate", _validate, "Check a configuration and its sources; run nothing.")
    backfill = add("backfill", _backfill, "Read all sources, resolve, publish one run.")
    for command in (validate, backfill):
        command.add_argument("config", metavar="CONFIG")
        command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    backfill.add_argument("--output", required=True, metavar="DIR")
    backfill.add_argument("--run-id", metavar="ID")
    backfill.add_argument("--strategy", action="append", default=[], metavar="NAME")
    backfill.add_argument("--from", dest="since", metavar="TIME")
    backfill.add_argument("--until", metavar="TIME")
    backfill.add_argument("--make-current", action="store_true")
    explain = add("explain", _explain, "Say why two identities are together or apart.")
    explain.add_argument("folder", metavar="DIR")
    explain.add_argument("--strategy", required=True, metavar="NAME")
    explain.add_argument("--scope", metavar="S")
    explain.add_argument("--run-id", metavar="ID")
    explain.add_argument("--json", action="store_true")
    explain.add_argument("left", metavar="TYPE:VALUE")
    explain.add_argument("right", metavar="TYPE:VALUE")
    return parser


def _simulate(known: argparse.Namespace, rest: list[str], unchecked: list[str]) -> int:
    from pipelines.simulate import simulate

    for name in ("people", "files"):
        if getattr(known, name) < 1:
            raise WrongUsage(f"--{name}: {getattr(known, name)}: at least 1")
    try:
        simulate(known.out, known.people, known.seed, known.files)
    except FileExistsError as error:
        raise WrongUsage(str(error)) from None
    print(f"{known.out}/idweave.yaml")
    return 0


def _validate(known: argparse.Namespace, rest: list[str], unchecked: list[str]) -> int:
    import yaml

    from pipelines.backfill import find_inputs
    from pipelines.layouts import read_layouts
    from pipelines.settings.values import without_unset

    settings = _load(known)
    files = find_inputs(settings)
    read_layouts(settings, files)
    resolved = without_unset(settings.resolved())
    print(yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True), end="", flush=True)
    for name in settings.sources:
        sizes = [file.size for file in files if file.source == name]
        count = f"{len(sizes):,} file{'s' if len(sizes) > 1 else ''}"
        print(f"{name}: {count}, {sum(sizes) / 1e6:,.1f} MB, ok", file=sys.stderr)
    return 0


def _backfill(known: argparse.Namespace, rest: list[str], unchecked: list[str]) -> int:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no linear algebra here
    gc.disable()  # nothing of what is imported is garbage
    from pipelines.backfill import Request, backfill
    from transforms.memory import keep_memory

    keep_memory()
    gc.enable()

    settings = _load(known)
    if known.run_id is not None and not _is_name(known.run_id):
        raise WrongUsage(
            f"--run-id: {known.run_id}: allowed are letters, digits and . _ - (at most 200)"
        )
    request = Request(
        known.output,
        known.run_id,
        tuple(known.strategy),
        _time("--from", known.since),
        _time("--until", known.until),
        known.make_current,
        _beam_options(rest, unchecked),
    )
    print(backfill(settings, request))
    return 0


def _explain(known: argparse.Namespace, rest: list[str], unchecked: list[str]) -> int:
    from pipelines.explain import explain

    return explain(known)


def _load(known: argparse.Namespace):  # type: ignore[no-untyped-def]
    from pipelines.settings import SettingsError, load

    try:
        return load(known.config, known.set)
    except SettingsError as error:
        raise WrongUsage(str(error)) from None


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 200 and text[0] not in ".-" and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in text
    )  # fmt: skip


def _time(option: str, text: str | None) -> int | None:
    """Microseconds since the epoch of an ISO 8601 time; without a zone it is UTC."""
    import datetime

    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(
            f"{option}: {text}: not a time; allowed: ISO 8601, as 2026-01-31T10:00:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (moment - epoch) // datetime.timedelta(microseconds=1)


def _beam_options(rest: list[str], unchecked: list[str]):  # type: ignore[no-untyped-def]
    """Beam's options; one that Beam does not know is an error, not a warning."""
    from apache_beam.options.pipeline_options import PipelineOptions

    parser = _Parser("idweave backfill", allow_abbrev=False, add_help=False)
    kinds = {kind.__name__: kind for kind in PipelineOptions.__subclasses__()}
    for kind in kinds.values():
        kind._add_argparse_args(parser)  # type: ignore[arg-type]
    _, unknown = parser.parse_known_args(rest)
    if unknown:
        known = [name for action in parser._actions for name in action.option_strings]
        near = difflib.get_close_matches(unknown[0].split("=")[0], [*known, *_OWN_OPTIONS], 1)
        hint = f"; did you mean {near[0]}?" if near else "; options for a job server go after --"
        raise WrongUsage(f"{unknown[0]}: neither idweave nor Beam knows this option{hint}")
    return PipelineOptions([*rest, *unchecked])


_OWN_OPTIONS = ("--output", "--run-id", "--strategy", "--from", "--until", "--set", "--debug")


if __name__ == "__main__":
    sys.exit(main())
