"""Looks at the end whether the input files are those that were listed."""

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.run.inputs import Listed, list_inputs
from idweave.pipelines.settings import Settings


def check_unchanged(settings: Settings, listed: Listed) -> None:
    """Fail if an input file changed while it was read: the rows would be of no one moment.

    Raises:
        RunFailed: naming the file.
    """
    now = {(file.source, file.path): file.digest for file in list_inputs(settings).all}
    for file in listed.all:
        if now.get((file.source, file.path)) != file.digest:
            raise RunFailed(f"{file.path}: changed while it was read; run again")
