"""`idweave validate`: checks a configuration and its sources; runs nothing."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.load_settings import load_settings
from idweave.pipelines.cli.options import add_configuration, know_file_systems
from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.log import Log


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add_configuration(command)
    command.add_argument(
        "--resolved", action="store_true", help="print the configuration as it is understood"
    )
    command.add_argument(
        "--sample", type=int, default=1000, metavar="N", help="records of each source that are "
        "read; default 1000",
    )  # fmt: skip


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Say what each source holds, or the resolved configuration."""
    from idweave.pipelines.validate.command import validate

    if known.sample < 1:
        raise WrongUsage(f"--sample: {known.sample}: at least 1")
    settings = load_settings(known, Log())
    know_file_systems(*(path for source in settings.sources.values() for path in source.path))
    validate(settings, known.resolved, known.sample)
    return 0
