"""`idweave prune`: removes old runs whole."""

import argparse
import datetime
from collections.abc import Sequence

from idweave.pipelines.cli.options import know_file_systems
from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.log import Log
from idweave.pipelines.wording import number
from idweave.transforms.columnar.reading.parse_age import parse_age


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("folder", metavar="DIR", help="the --output of the runs")
    add("--keep", type=int, metavar="N", help="the newest N runs stay; the current one always does")
    add("--older-than", metavar="AGE", help="runs that ended since stay: as 30d or 12h; with "
        "--keep only what is beyond both goes")  # fmt: skip
    add("--dry-run", action="store_true", help="say what would go, remove nothing")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Remove what is asked for, and say what that freed."""
    if known.keep is None and known.older_than is None:
        raise WrongUsage(
            "idweave prune: says not what goes; give --keep N, --older-than 30d or both"
        )
    if known.keep is not None and known.keep < 0:
        raise WrongUsage(f"--keep: {known.keep}: at least 0")
    age = None if known.older_than is None else _age(known.older_than)
    from idweave.pipelines.privacy.still_held import still_held
    from idweave.pipelines.published.current import current_run, names_no_run
    from idweave.pipelines.published.list_runs import list_runs
    from idweave.pipelines.published.prune import prune, to_remove
    from idweave.pipelines.published.runs import read_manifest

    know_file_systems(known.folder)
    output = known.folder.rstrip("/") or "/"
    now = datetime.datetime.now(datetime.UTC)
    log = Log()
    current = current_run(output)
    if current is not None and read_manifest(output, current) is None:
        raise names_no_run(output, current)  # an older one may be all that is left
    old = to_remove(list_runs(output, current, log), known.keep, age, now)
    does = "would be removed" if known.dry_run else "removed"
    gone = []
    for one in old if known.dry_run or not old else prune(output, old, log):
        say(f"{does}: {one.run_id}, {one.bytes / 1e6:,.1f} MB")  # whatever becomes of the next
        gone.append(one)
    freed = sum(one.bytes for one in gone) / 1e6
    say(f"{number(len(gone), 'run')} {does}, {freed:,.1f} MB")
    left = {one.run_id for one in gone} if known.dry_run else set()
    for request, runs in still_held(output, left).items():
        say(f"request {request} is about people whom {', '.join(runs)} still hold"
            f"{'s' if len(runs) == 1 else ''}")  # fmt: skip
    return 0


def _age(text: str) -> datetime.timedelta:
    found = parse_age(text)
    if found is None:
        wrong = "no length of time; allowed: days or hours, as 30d or 12h"
        raise WrongUsage(f"--older-than: {shown(text)}: {wrong}")
    return datetime.timedelta(microseconds=found)
