"""Brings files and folders to the disk, so that a name never points at what a power cut took."""

import contextlib
import errno
import os

_NOT_OF_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EISDIR}


def sync_tree(folder: str) -> None:
    """Have all files of a folder and the folders themselves on disk, the inner ones first.

    Raises:
        OSError: a file could not be written to the disk; its name is in the error.
    """
    for path, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_file(os.path.join(path, name))
        sync_folder(path)


def sync_file(path: str) -> None:
    """Have a file's content on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)


def sync_folder(path: str) -> None:
    """Have the names in a folder on disk; nothing where the file system syncs no folders."""
    try:
        sync_file(path)
    except OSError as error:
        if error.errno not in _NOT_OF_FOLDERS:
            raise


def make_folders(path: str, sync: bool) -> None:
    """Make a folder and those above it that lack; their names are on disk with it."""
    lacking = []
    while path and not os.path.isdir(path):
        lacking.append(path)
        path = os.path.dirname(path)
    for folder in reversed(lacking):
        with contextlib.suppress(FileExistsError):  # another process was faster
            os.mkdir(folder)
        if sync:
            sync_folder(os.path.dirname(folder) or ".")
