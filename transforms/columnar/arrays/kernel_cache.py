"""Keeps compiled kernels by content: what was compiled once is loaded by every later process.

A kernel's file is named by its signature, the processor and the compiler, in a folder named by the
source of its module and of all modules of the project that this one imports. So a changed kernel is
another file, wherever the project lies or was staged; nothing is ever overwritten by other content,
and two processes that write at once write the same. Machine code is run as it is loaded: a folder
that others may write to is never trusted. See docs/decisions/kernels.md.
"""

import hashlib
import importlib.util
import os
import re
import stat
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from idweave.transforms.columnar.arrays.lean_numba import caching, numba, rtsys, serialize

FOLDER_VARIABLE = "IDWEAVE_CACHE_DIR"
_PROJECT = "idweave"
_IMPORTS = re.compile(r"^from (idweave\.[\w.]+) import (\([^)]*\)|[^\n]+)", re.MULTILINE)
_KEPT_DAYS = 60  # of source that nothing asked for since
_COMPILER = f"numba-{numba.__version__}-{sys.implementation.cache_tag}"


@cache
def folder() -> Path:
    """Where compiled kernels are kept: a folder of this user alone, made if it is not there.

    `IDWEAVE_CACHE_DIR`, else `idweave` in the user's cache folder, else a temporary folder that is
    forgotten when the machine is. A warning says when it is not the first or the second.
    """
    asked = os.environ.get(FOLDER_VARIABLE)
    base = asked or os.environ.get("XDG_CACHE_HOME") or _home_cache()
    reason = "there is no home folder"
    if base:
        path = Path(base) if asked else Path(base) / _PROJECT
        reason = _unusable(path)
        if not reason:
            return path
        reason = f"{path} {reason}"
    path = Path(tempfile.gettempdir()) / f"{_PROJECT}-{os.getuid()}"
    if _unusable(path):
        path = Path(tempfile.mkdtemp(prefix=f"{_PROJECT}-"))
    warnings.warn(
        f"compiled kernels are kept in a temporary folder, as {reason}; "
        f"set {FOLDER_VARIABLE} to a folder that only you can write to",
        RuntimeWarning,
        stacklevel=2,
    )
    return path


def _home_cache() -> str | None:
    home = os.path.expanduser("~")
    return os.path.join(home, ".cache") if os.path.isabs(home) and home != "/" else None


def _unusable(path: Path) -> str:
    """Why a folder can't be trusted, or can't be made; empty if it serves."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        return f"can't be made ({error.strerror})"
    if found.st_uid not in (0, os.getuid()):
        return "is somebody else's"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written to by others"
    return "" if os.access(path, os.R_OK | os.X_OK) else "can't be read"


@cache
def source_digest(module: str) -> str:
    """A digest of a module's source and of all modules of the project below it."""
    seen: dict[str, bytes] = {}
    waiting = [module]
    while waiting:  # some twenty modules
        name = waiting.pop()
        if name not in seen and (source := _source(name)) is not None:
            seen[name], imported = source
            waiting += imported
    digest = hashlib.sha256()
    for name in sorted(seen):
        digest.update(f"{name}\0".encode() + seen[name])
    return digest.hexdigest()[:20]


@cache
def _source(module: str) -> tuple[bytes, tuple[str, ...]] | None:
    """The digest of one module's source, and what it may import of the project; None: no module."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    body = Path(spec.origin).read_bytes()
    imported: list[str] = []
    for source, names in _IMPORTS.findall(body.decode()):
        imported.append(source)
        if _is_package(source):
            imported += [f"{source}.{part}" for part in re.findall(r"\w+", names)]
    return hashlib.sha256(body).digest(), tuple(imported)


@cache
def _is_package(package: str) -> bool:
    """Whether a module is a package, whose names may be modules."""
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.submodule_search_locations is not None


class _KernelFiles:
    """The files of one kernel: one for each signature, whole or not there."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _path(self, key: Any) -> Path:
        named = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        source = f"{self._module}-{source_digest(self._module)}"
        return folder() / _COMPILER / source / f"{self._name}-{named}"

    def load(self, key: Any) -> Any:
        """What was kept under a key; None if nothing was, or it is not whole."""
        import pickle

        path = self._path(key)
        try:
            body = path.read_bytes()
        except OSError:
            return None
        if hashlib.blake2b(body[32:], digest_size=32).digest() != body[:32]:
            return None
        return pickle.loads(body[32:])

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled; where nothing can be written, the next process compiles again."""
        path = self._path(key)
        body = serialize.dumps(data)
        written = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
        try:
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _forget(path.parent.parent)
            written.write_bytes(hashlib.blake2b(body, digest_size=32).digest() + body)
            os.replace(written, path)
        except OSError:
            written.unlink(missing_ok=True)

    def flush(self) -> None:
        """Nothing: what is kept under another content is another file."""


def _forget(kept: Path) -> None:
    """Remove kernels whose source was not compiled for a long time."""
    import shutil

    for path in kept.iterdir():
        if path.stat().st_mtime < time.time() - _KEPT_DAYS * 86_400:
            shutil.rmtree(path, ignore_errors=True)


class _NoLocator:
    """Where numba would keep a function; it doesn't."""

    def ensure_cache_path(self) -> None:
        """Nothing: the folder is made when a file is written."""


class _Kernel(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """How numba takes a compiled function apart and puts it together again."""

    def __init__(self, py_func: Callable[..., Any]) -> None:
        self._lineno = 0
        self._filename_base = py_func.__qualname__
        self._locator = _NoLocator()


class KernelCache(caching.FunctionCache):  # type: ignore[misc]
    """The cache of one kernel."""

    def __init__(self, py_func: Callable[..., Any]) -> None:
        self._name = repr(py_func)
        self._py_func = py_func
        self._impl = _Kernel(py_func)
        self._cache_path = ""  # numba shows it, nothing else
        self._cache_file: Any = _KernelFiles(py_func.__module__, py_func.__qualname__)
        self.enable()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load what was kept, without all that numba knows of Python and NumPy.

        numba would register it, a twentieth of a start; to run machine code takes only what counts
        references. Whoever compiles registers it then.
        """
        rtsys.initialize(target_context)
        return self._load_overload(sig, target_context)
