"""Publishing is done one at a time: what a run was made on must still be current when it appears.

A turn is a folder that one process renames to a fixed name, with its owner in it: where it is
already, the rename fails. Nobody waits for a process that is gone. It is held for the moments
of two renames. On an object store, which has no such rename, there are no turns.
"""

import contextlib
import errno
import os
import time
from collections.abc import Iterator

from idweave.pipelines.errors import RunFailed
from idweave.pipelines.published.owner import OWNER, is_left_behind, this_process_as_json
from idweave.transforms.exchange.store import is_local, remove_folder, write_file

_NAME = ".turn/publishing"  # two levels below `_work`, where what is left behind is removed
_PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 0.02


@contextlib.contextmanager
def turn(output: str, folder: str) -> Iterator[None]:
    """Be the only process that publishes in `output` while the block runs.

    Args:
        folder: the working folder, where the turn is made before it gets its name.

    Raises:
        RunFailed: a living process has held it for a minute.
    """
    if not is_local(output):
        yield
        return
    taken, own = f"{output}/_work/{_NAME}", f"{folder}/turn"
    write_file(f"{own}/{OWNER}", this_process_as_json())
    until = time.monotonic() + _PATIENCE_SECONDS
    while not _take(own, taken):
        _end_if_left_behind(taken, f"{folder}/left")
        if time.monotonic() > until:
            raise RunFailed(f"{taken}: another process has been publishing here for a minute; "
                            "nothing was published: launch again when it has ended")  # fmt: skip
        time.sleep(_STEP_SECONDS)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.rename(taken, own)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(taken))


def _take(own: str, taken: str) -> bool:
    """Give our folder the fixed name, if nobody has it."""
    try:
        os.makedirs(os.path.dirname(taken), exist_ok=True)
        os.rename(own, taken)
    except FileNotFoundError:
        return False  # the folder above went away just now
    except OSError as error:
        # who had it may have given it back since
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) and not os.path.isdir(taken):
            raise
        return False
    return True


def _end_if_left_behind(taken: str, aside: str) -> None:
    """Take away the turn of a process that is gone."""
    try:
        age = time.time() - os.stat(f"{taken}/{OWNER}").st_mtime
    except OSError:
        return  # it ended just now
    if is_left_behind(taken, age):
        with contextlib.suppress(OSError):
            os.rename(taken, aside)
            if not is_left_behind(aside, age):  # another process took its place just now
                os.rename(aside, taken)
            remove_folder(aside)
