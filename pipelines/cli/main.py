"""The command line: `idweave`, equal to `python -m pipelines`."""

import argparse
import atexit
import gc
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from idweave.pipelines.cli.error_text import error_text
from idweave.pipelines.cli.options import is_name, parser, time_of
from idweave.pipelines.errors import CheckFailed, RunFailed, WrongUsage, escaped, shown

_UNCHECKED = "--"  # what stands after it goes to the runner as it is


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
        for line in str(error).split("\n"):  # one for each error of a configuration
            print(escaped(line), file=sys.stderr)
        if debug:
            traceback.print_exc()
        return error.status
    except KeyboardInterrupt:
        print("stopped; nothing was published", file=sys.stderr, flush=True)
        if arguments is None:  # a process of its own: threads that still work are not waited for
            atexit._run_exitfuncs()
            os._exit(1)
        return 1
    except Exception as error:
        print(escaped(error_text(error)), file=sys.stderr)
        if debug:
            traceback.print_exc()
        return 1


def _command(given: list[str]) -> int:
    unchecked: list[str] = []
    if _UNCHECKED in given:
        place = given.index(_UNCHECKED)
        given, unchecked = given[:place], given[place + 1 :]
    known, rest = parser().parse_known_args(given)
    if known.command != "backfill" and (rest or unchecked):
        raise WrongUsage(f"{(rest or unchecked)[0]}: no option of {known.command}")
    return _RUN[known.command](known, rest, unchecked)


def _simulate(known: argparse.Namespace, rest: list[str], unchecked: list[str]) -> int:
    from idweave.pipelines.simulate import simulate

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

    from idweave.pipelines.cli.beam_options import beam_options
    from idweave.pipelines.run.backfill import find_inputs
    from idweave.pipelines.run.layouts import read_layouts
    from idweave.pipelines.settings.values import without_unset

    settings = _load(known)
    beam_options([], [])  # file systems need some
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
    from idweave.pipelines.cli.stop import Stop

    if known.run_id is not None and not is_name(known.run_id):
        raise WrongUsage(
            f"--run-id: {shown(known.run_id)}: allowed are letters, digits and . _ - (at most 200)"
        )
    since, until = time_of("--from", known.since), time_of("--until", known.until)
    if since is not None and until is not None and since >= until:
        raise WrongUsage(
            f"--from: {known.since}: not before --until {known.until}; no time is in between"
        )
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no linear algebra here
    if not known.debug:
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it logs past Python
    with Stop() as stop:
        gc.disable()  # nothing of what is imported is garbage
        from idweave.pipelines.cli.beam_options import beam_options
        from idweave.pipelines.run.backfill import Request, backfill
        from idweave.pipelines.run.inputs import check_path
        from idweave.transforms.running.memory import keep_memory

        keep_memory()
        gc.enable()
        check_path("--output", known.output)
        beam = beam_options(rest, unchecked)
        request = Request(
            known.output, known.run_id, tuple(known.strategy), since, until, known.make_current,
            beam, known.debug,
        )  # fmt: skip
        print(backfill(_load(known), request, stop))
    return 0


def _explain(known: argparse.Namespace, rest: list[str], unchecked: list[str]) -> int:
    from idweave.pipelines.explain.command import explain

    return explain(known)


def _load(known: argparse.Namespace):  # type: ignore[no-untyped-def]
    from idweave.pipelines.settings import SettingsError, load
    from idweave.pipelines.settings.checks import empty_columns

    try:
        settings = load(known.config, known.set)
    except SettingsError as error:
        raise WrongUsage(str(error)) from None
    for key in empty_columns(settings):
        print(f"warning: {key}: no source has this type; the column is empty", file=sys.stderr)
    return settings


_RUN = {
    "simulate": _simulate,
    "validate": _validate,
    "backfill": _backfill,
    "explain": _explain,
}
