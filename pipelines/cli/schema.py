"""`idweave schema`: where the configuration's JSON Schema is, for editors."""

import argparse
import importlib.resources
from collections.abc import Sequence

from idweave.pipelines.cli.standard_output import say


def add_options(command: argparse.ArgumentParser) -> None:
    """What can stand behind the command: nothing."""


def run(known: argparse.Namespace, rest: Sequence[str], unchecked: Sequence[str]) -> int:
    """Print the path."""
    say(str(importlib.resources.files("idweave.configs") / "idweave.schema.json"))
    return 0
