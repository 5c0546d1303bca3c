"""The configuration: loaded strictly, resolved fully, frozen."""

from pipelines.settings.errors import SettingsError
from pipelines.settings.load import load
from pipelines.settings.model import Checks, Platform, Settings, Source, Strategy

__all__ = ["Checks", "Platform", "Settings", "SettingsError", "Source", "Strategy", "load"]
