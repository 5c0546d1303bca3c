"""Reads the configuration that the command line names."""

import argparse
from typing import TYPE_CHECKING

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.log import Log

if TYPE_CHECKING:
    from idweave.pipelines.settings import Settings


def load_settings(known: argparse.Namespace, log: Log) -> "Settings":
    """The settings, `--set` applied.

    Raises:
        WrongUsage: naming file, key and value.
    """
    from idweave.pipelines.settings import SettingsError, load
    from idweave.pipelines.settings.checks import empty_columns

    try:
        settings = load(known.config, known.set)
    except SettingsError as error:
        raise WrongUsage(str(error)) from None
    for key in empty_columns(settings):
        log.warn(f"{key}: no source has this type; the column is empty")
    return settings
