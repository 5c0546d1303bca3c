"""Refuses to publish where the next run would read the result as records."""

import fnmatch
import os
from collections.abc import Sequence
from itertools import pairwise

from idweave.pipelines.errors import WrongUsage, shown
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.settings import Settings
from idweave.transforms.exchange.store import is_local

_WILD = "*?["
_RESULTS = (  # places in an output folder where files are, with a name for each that varies
    "current.json",
    "runs/run_id=x/manifest.json",
    "runs/run_id=x/quarantine/part-00000.parquet",
    "runs/run_id=x/profiles/strategy=x/part-00000.parquet",
    "runs/run_id=x/changes/profiles/strategy=x/part-00000.parquet",
    "current/quarantine/part-00000.parquet",
    "current/profiles/strategy=x/part-00000.parquet",
    "current/changes/profiles/strategy=x/part-00000.parquet",
)
_EXPORTED = ("x/profile.json", "x/records.parquet")  # the same of a folder of exports


def check_exports_unread(settings: Settings) -> None:
    """What people get of their own data must not be what a source reads.

    Raises:
        WrongUsage: it is; the text names both paths.
    """
    exports = settings.privacy.exports if settings.privacy is not None else None
    if exports is None:
        return
    folder = _real(exports)
    for name, source in settings.sources.items():
        for path in filter(is_local, source.path):
            if _starts_with(_parts(path)[0], folder) or _reads_some(path, folder, _EXPORTED):
                raise WrongUsage(
                    f"privacy.exports: {shown(exports)}: sources.{name}.path: {shown(path)} would "
                    "read what people get of their own data as records; name a folder outside of it"
                )


def check_overlap(output: str, settings: Settings, files: Sequence[InputFile]) -> None:
    """Sources and exports must not be below the output folder, nor sources read what it gets.

    The output folder itself must not be a published run, or be in one.

    Raises:
        WrongUsage: they are; the text names both paths.
    """
    check_exports_unread(settings)
    folder = _real(output)
    if _is_of_runs(folder) or (is_local(output) and os.path.exists(f"{output}/manifest.json")):
        raise WrongUsage(
            f"--output: {shown(output)}: lies among published runs; name the folder that has "
            "`current.json`, or one outside of it"
        )
    if settings.privacy is not None and settings.privacy.exports is not None:
        _check_exports(output, folder, settings.privacy.exports)
    for name, source in settings.sources.items():
        for path in source.path:
            _check_path(output, folder, f"sources.{name}.path", path)
    below: dict[str, bool] = {}  # of each folder of files, where links lead to
    for file in filter(lambda file: is_local(file.path) == is_local(output), files):
        above = os.path.dirname(file.path)
        if above not in below:
            below[above] = _starts_with(_real(above), folder)
        if below[above] or (os.path.islink(file.path) and _starts_with(_real(file.path), folder)):
            raise _below_output(output, f"sources.{file.source}.path", file.path)


def _is_of_runs(names: list[str]) -> bool:
    """Whether a path leads to a published run, or below."""
    return any(above == "runs" and name.startswith("run_id=") for above, name in pairwise(names))


def _check_exports(output: str, folder: list[str], exports: str) -> None:
    """What people get of their own data must not lie where runs do."""
    if is_local(exports) == is_local(output) and _starts_with(_real(exports), folder):
        raise WrongUsage(
            f"privacy.exports: {shown(exports)}: lies in the output folder, --output "
            f"{shown(output)}; name a folder outside of it, which only those may read who answer "
            "requests"
        )


def _check_path(output: str, folder: list[str], key: str, path: str) -> None:
    if is_local(path) != is_local(output):
        return
    if _starts_with(_parts(path)[0], folder):
        raise _below_output(output, key, path)
    if _reads_some(path, folder, _RESULTS):
        raise WrongUsage(
            f"--output: {shown(output)}: {key}: {shown(path)} would read the result as records "
            "the next time; name an output folder outside of it"
        )


def _reads_some(path: str, folder: list[str], files: Sequence[str]) -> bool:
    """Whether a path of a source means some file that is going to be in a folder."""
    fixed, wild = _parts(path)
    written = ([*folder, *file.split("/")] for file in files)
    return any(
        _starts_with(names, fixed) and _reads(wild, names[len(fixed) :]) for names in written
    )


def _below_output(output: str, key: str, path: str) -> WrongUsage:
    return WrongUsage(
        f"{key}: {shown(path)}: lies in the output folder, --output {shown(output)}; "
        "name another output folder"
    )


def _real(path: str) -> list[str]:
    """The names on the way to a path, links followed."""
    whole = os.path.realpath(path) if is_local(path) else path
    return [name for name in whole.split("/") if name]


def _parts(path: str) -> tuple[list[str], list[str]]:
    """The names before the first with a wildcard, links followed; and the rest."""
    if is_local(path) and os.path.exists(path):
        return _real(path), []
    names = path.split("/")
    first = next((i for i, name in enumerate(names) if any(c in name for c in _WILD)), len(names))
    before = "/".join(names[:first]) or ("/" if path.startswith("/") else ".")
    return _real(before), [name for name in names[first:] if name]


def _starts_with(names: list[str], folder: list[str]) -> bool:
    return names[: len(folder)] == folder


def _reads(wild: list[str], names: list[str]) -> bool:
    """Whether wildcards mean a file, or a folder above it that is walked; never hidden ones."""
    if not wild:
        return not any(name.startswith((".", "_")) for name in names)
    if not names:
        return False
    if wild[0] == "**":
        hidden = names[0].startswith(".")
        return _reads(wild[1:], names) or (not hidden and _reads(wild, names[1:]))
    shows = not names[0].startswith(".") or wild[0].startswith(".")
    return shows and fnmatch.fnmatchcase(names[0], wild[0]) and _reads(wild[1:], names[1:])
