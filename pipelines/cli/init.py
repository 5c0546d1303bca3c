"""`idweave init`: a first configuration from what is in the files."""

import argparse
import os
from collections.abc import Sequence

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import RunFailed, WrongUsage
from idweave.pipelines.log import Log


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    command.add_argument(
        "files", nargs="+", metavar="FILES", help="files, folders or globs, each a source"
    )
    command.add_argument(
        "--output", default="idweave.yaml", metavar="FILE", help="the configuration to write; "
        "default idweave.yaml",
    )  # fmt: skip


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Write the configuration and say what to check."""
    from idweave.pipelines.init.write import initial_configuration

    path = known.output
    if os.path.exists(path):
        raise WrongUsage(f"--output: {path}: exists already; name another file or remove it")
    text, checks = initial_configuration(known.files, os.path.dirname(os.path.abspath(path)))
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RunFailed(f"--output: {path}: {error.strerror}") from None
    Log().lines([*(f"check: {what}" for what in checks), f"then: idweave validate {path}"])
    say(path)
    return 0
