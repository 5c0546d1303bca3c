"""The configuration: loaded strictly, resolved fully, frozen."""

from idweave.pipelines.settings.errors import SettingsError
from idweave.pipelines.settings.load import load
from idweave.pipelines.settings.model import Checks, Platform, Settings, Strategy
from idweave.pipelines.settings.source import Source

__all__ = ["Checks", "Platform", "Settings", "SettingsError", "Source", "Strategy", "load"]
