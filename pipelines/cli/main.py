"""The command line: `idweave`, equal to `python -m idweave`."""

import atexit
import gc
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from idweave.pipelines.cli.commands import TAKE_BEAM_OPTIONS, module_of, parser
from idweave.pipelines.cli.standard_output import finish, prepare
from idweave.pipelines.errors import CheckFailed, RunFailed, WrongUsage, escaped
from idweave.pipelines.log import Log

_UNCHECKED = "--"  # after it no word is an option of ours; what may go to a runner goes there


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line on standard error.

    Returns:
        The exit status: 0 done, 1 failed, 2 wrong usage, 3 a check failed.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    # Beam logs tracebacks of workers, which may quote data, and hints that are not for users
    logging.getLogger().setLevel(logging.WARNING if debug else logging.CRITICAL + 1)
    prepare()
    if arguments is None:
        _start_fast()
    try:
        status = _command(given)
        status = status if finish() else 1
        if arguments is None:
            _leave(status)
        return status
    except (RunFailed, WrongUsage, CheckFailed) as error:
        _fail(str(error).split("\n"), debug)  # a line for each error of a configuration
        return error.status
    except KeyboardInterrupt:
        Log().lines(["stopped; nothing was published"])
        if arguments is None:
            _leave(1)
        return 1
    except Exception as error:
        from idweave.pipelines.cli.error_text import error_text

        _fail([error_text(error)], debug)
        finish()
        return 1


def _start_fast() -> None:
    """For a process of its own: no searching for what is not there, a tenth of `validate`."""
    gc.set_threshold(500_000)  # what is imported, 250,000 objects, is no garbage
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # in the metadata of all packages


def _leave(status: int) -> None:
    """End a process of its own at once: no thread is waited for, no module taken apart.

    Python would look through all that Beam and numba made, which takes a quarter of a second.
    """
    atexit._run_exitfuncs()
    os._exit(status)


def _fail(lines: Sequence[str], debug: bool) -> None:
    Log().lines([*map(escaped, lines), *([traceback.format_exc()] if debug else [])])


def _command(given: list[str]) -> int:
    unchecked: list[str] = []
    asked = next((word for word in given if not word.startswith("-")), "")
    if asked in TAKE_BEAM_OPTIONS and _UNCHECKED in given:
        place = given.index(_UNCHECKED)
        given, unchecked = given[:place], given[place + 1 :]
    known, rest = parser(asked).parse_known_args(given)
    if known.command not in TAKE_BEAM_OPTIONS and rest:
        raise WrongUsage(f"{rest[0]}: no option of {known.command}")
    status: int = module_of(known.command).run(known, rest, unchecked)
    return status
