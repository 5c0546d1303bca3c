"""`idweave simulate`: a synthetic world and its configuration."""

import argparse
from collections.abc import Sequence

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.errors import WrongUsage


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command."""
    add = command.add_argument
    add("out", metavar="OUT", help="folder to write: events, CRM rows, the truth, idweave.yaml")
    add("--people", type=int, required=True, metavar="N", help="how many people")
    add("--seed", type=int, default=1, metavar="S", help="the same seed, the same world; default 1")
    add("--files", type=int, default=4, metavar="K", help="files of events; default 4")


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Write the world and say where its configuration is."""
    from idweave.pipelines.simulate import simulate

    for name in ("people", "files"):
        if getattr(known, name) < 1:
            raise WrongUsage(f"--{name}: {getattr(known, name)}: at least 1")
    try:
        simulate(known.out, known.people, known.seed, known.files)
    except FileExistsError as error:
        raise WrongUsage(str(error)) from None
    say(f"{known.out}/idweave.yaml")
    return 0
