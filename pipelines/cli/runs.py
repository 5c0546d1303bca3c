"""`idweave runs`: the published runs, and which of them is current."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from idweave.pipelines.cli.options import know_file_systems
from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import RunFailed, WrongUsage, shown
from idweave.pipelines.log import Log

if TYPE_CHECKING:
    from idweave.pipelines.published.list_runs import PublishedRun

_HEAD = ("", "run", "base", "ended", "records", "profiles", "ids ended", "ids new", "size")


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the runs")
    add("--json", action="store_true", help="one object for each run, in a list")
    add(
        "--make-current", metavar="RUN_ID", help="let readers start at this published run: go back "
        "to an earlier one, or forward again",
    )  # fmt: skip


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """List the runs, or change the current one."""
    from idweave.pipelines.published.list_runs import list_runs

    know_file_systems(known.folder)
    output = known.folder.rstrip("/") or "/"
    if known.make_current is not None:
        return _make_current(output, known.make_current)
    log = Log()
    found = list_runs(output, _current(output, log), log)
    if known.json:
        say(json.dumps([one._asdict() for one in found]))
        return 0
    if not found:
        raise WrongUsage(f"{shown(output)}: no run is published in this folder")
    say(as_table(found))
    return 0


def _make_current(output: str, run_id: str) -> int:
    from idweave.pipelines.published.current import make_current
    from idweave.pipelines.published.runs import read_manifest, run_folder
    from idweave.pipelines.published.working_folder import working_folder

    manifest = read_manifest(output, run_id)
    if manifest is None:
        raise WrongUsage(f"--make-current: {shown(run_id)}: no such run in {shown(output)}/runs")
    log = Log()
    current = _current(output, log)
    if current and _suppressions(manifest) < _suppressed_by(output, current, log):
        log.warn(
            f"run {run_id} suppresses fewer records and identities than {current}: people who are "
            "erased are shown, also by runs that follow it, until a refresh has resolved their "
            "requests again: keep the files of requests, or go back"
        )
    with working_folder(output, run_id, True, log) as folder:
        make_current(output, run_id, folder, True, log)
    say(run_folder(output, run_id))
    return 0


def _current(output: str, log: Log) -> str | None:
    """The current run; none where that can't be read, which is told: this command mends it."""
    from idweave.pipelines.published.current import current_run

    try:
        return current_run(output)
    except RunFailed as error:
        log.warn(str(error))
        return None


def _suppressed_by(output: str, run_id: str, log: Log) -> int:
    """How many rows of suppressions a run has; none where that can't be read, which is told."""
    from idweave.pipelines.published.runs import read_manifest

    try:
        return _suppressions(read_manifest(output, run_id))
    except RunFailed as error:
        log.warn(f"{error}; whom it suppresses is not known")
        return 0


def _suppressions(manifest: dict[str, Any] | None) -> int:
    """How many rows of suppressions a run has."""
    return int(((manifest or {}).get("privacy") or {}).get("suppressions") or 0)


def as_table(runs: "Sequence[PublishedRun]") -> str:
    """The runs for people; `*` marks the current one."""
    rows = [_HEAD, *map(_row, runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ("  ".join(map(_aligned, row, widths, range(len(row)))) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _aligned(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column < 4 else text.rjust(width)


def _row(of: "PublishedRun") -> tuple[str, ...]:
    ended = "-" if of.ids_ended is None else f"{of.ids_ended:,}"
    new = "-" if of.ids_new is None else f"{of.ids_new:,}"
    moment = of.ended_at[:19].replace("T", " ")
    return (
        "*" if of.current else "", of.run_id, of.base or "-", moment, f"{of.input_records:,}",
        f"{of.profiles:,}", ended, new, f"{of.bytes / 1e6:,.1f} MB",
    )  # fmt: skip
