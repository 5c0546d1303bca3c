"""`idweave backfill`: the main job."""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from idweave.pipelines.cli.lean_beam import import_beam
from idweave.pipelines.cli.load_settings import load_settings
from idweave.pipelines.cli.options import STATUSES, add_configuration, time_of
from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.cli.stop import Stop
from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.log import Log

if TYPE_CHECKING:
    from idweave.pipelines.run.backfill import Outcome

EPILOG = f"""Beam options:
  Beam's own options are passed on as they are, for instance --runner=FlinkRunner
  --flink_master=HOST:PORT -- --parallelism=4, or in process --direct_num_workers=2
  --direct_running_mode=multi_processing. One that neither side knows is an error. What stands
  after a bare -- goes to the runner unchecked: options that only a job server knows. Without
  --runner everything runs in this process.

{STATUSES}"""


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add_configuration(command)
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
        "--if-published", choices=("skip", "error", "new"), default="error", help="what to do if "
        "the --run-id is published already, from other input or another configuration: nothing, "
        "with exit status 0; fail (default); publish as ID.2, ID.3, …",
    )  # fmt: skip
    _add_what_is_run(add)
    add(
        "--make-current", action="store_true", help="let readers start at this run: one of some "
        "strategies only, or one that is published already",
    )  # fmt: skip
    add(
        "--no-sync", dest="sync", action="store_false", help="don't wait until the disk has the "
        "result; a power cut within seconds may take the run that was told",
    )  # fmt: skip
    add("--quiet", action="store_true", help="nothing on standard error but warnings and errors")
    add("--json", action="store_true", help="the summary as one JSON object on standard output, "
        "with the run's folder")  # fmt: skip


def _add_what_is_run(add: Callable[..., object]) -> None:
    """Which strategies and records, and at which moment."""
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
        "--as-of", metavar="TIME", help="the moment that the run stands for, in ids and windows of "
        "time; default: its start",
    )  # fmt: skip
    add(
        "--dry-run", action="store_true", help="compute, check and sum up everything, and publish "
        "nothing",
    )  # fmt: skip


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Publish one run and say where it is."""
    log = Log(quiet=known.quiet)
    outcome = launch(known, rest, unchecked, log, lean=True)
    answer = outcome.folder  # a dry run has none
    if known.json:
        from idweave.pipelines.run.summary import as_json

        answer = json.dumps(as_json(**outcome._asdict(), warnings=log.warnings))
    if answer:
        _answer(answer, outcome.folder, log)
    return 0


def launch(
    known: argparse.Namespace,
    rest: Sequence[str],
    unchecked: Sequence[str],
    log: Log,
    lean: bool = False,
) -> "Outcome":
    """Publish one run, as the command line or Python asks for it.

    Args:
        lean: nothing else in this process asks for Beam's connectors.

    Raises:
        WrongUsage, RunFailed, CheckFailed: one line for the user; nothing was published.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no linear algebra here
    if not known.debug:
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it logs past Python
    with Stop() as stop:  # before anything large is loaded: Python may swallow an interruption then
        _check_names(known)
        given = _given(known)
        if lean:
            import_beam()
        from idweave.pipelines.cli.beam_options import beam_options
        from idweave.pipelines.run.backfill import Request, backfill
        from idweave.pipelines.run.inputs import check_path
        from idweave.transforms.running.memory import keep_memory

        keep_memory()
        check_path("--output", known.output)
        request = Request(beam=beam_options(rest, unchecked), **given)
        return backfill(load_settings(known, log), request, stop, log)


def _given(known: argparse.Namespace) -> dict[str, Any]:
    """What is asked for, by the fields of `Request`."""
    since, until = _span(known)
    same = ("output", "run_id", "make_current", "if_published", "sync", "debug", "dry_run")
    return {
        **{name: getattr(known, name) for name in same},
        "strategies": tuple(known.strategy),
        "since": since,
        "until": until,
        "as_of": time_of("--as-of", known.as_of),
        "lasts": known.command == "refresh",
        "base": getattr(known, "base", None),
    }


def _check_names(known: argparse.Namespace) -> None:
    from idweave.pipelines.published.runs import LONGEST_ID, is_run_id  # help goes without Arrow
    from idweave.transforms.columnar.reading.read_text import is_unicode

    if known.run_id is not None and not is_run_id(known.run_id):
        raise WrongUsage(
            f"--run-id: {shown(known.run_id)}: allowed are letters, digits and . _ - "
            f"(at most {LONGEST_ID})"
        )
    if not is_unicode(known.output):
        raise WrongUsage(
            f"--output: {shown(known.output)}: not UTF-8; name another folder (or set PYTHONUTF8=1 "
            "where the system's names are UTF-8)"
        )


def _answer(text: str, folder: str, log: Log) -> None:
    """The last line on standard output; the run is published whether anybody can read it or not."""
    try:
        say(text)
    except RunFailed as error:
        log.warn(f"{error}; the run is published: {folder}")


def _span(known: argparse.Namespace) -> tuple[int | None, int | None]:
    """The event times to read: from, until."""
    since, until = time_of("--from", known.since), time_of("--until", known.until)
    if since is not None and until is not None and since >= until:
        raise WrongUsage(
            f"--from: {known.since}: not before --until {known.until}; no time is in between"
        )
    return since, until
