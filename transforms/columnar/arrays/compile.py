"""How kernels are compiled: plain loops on arrays, once for each processor and source.

numba is imported when the first kernel is called: what only reads files or settings does without.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])

_LOCK = threading.RLock()
_KERNELS: list["Kernel"] = []


class Kernel:
    """A function that numba takes over when it is first called, or when a kernel calls it."""

    def __init__(self, function: Callable[..., object], **options: Any) -> None:
        self.__wrapped__, self.__doc__ = function, function.__doc__
        self._options = options
        self._made: Any = None
        _KERNELS.append(self)

    def __call__(self, *arguments: Any) -> Any:
        return (self._made or self.dispatcher)(*arguments)

    @property
    def dispatcher(self) -> Any:
        """What numba makes of the function; made once for all threads."""
        with _LOCK:
            if self._made is None:
                self._made = _dispatcher(self.__wrapped__, self._options)
            return self._made

    @property
    def compiled(self) -> int:
        """How often this process compiled it, as it was not kept."""
        return sum(self._made.stats.cache_misses.values()) if self._made else 0

    def __getattr__(self, name: str) -> Any:
        # what numba asks of a kernel that another kernel calls, its type among it
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dispatcher, name)


def kernel(function: Function) -> Function:
    """A kernel: compiled on first use for the types it is given, kept, without the lock."""
    return cast(Function, Kernel(function, nogil=True, no_cfunc_wrapper=True))


def inlined(function: Function) -> Function:
    """A kernel that becomes part of the kernels that call it."""
    return cast(Function, Kernel(function, nogil=True, inline="always"))


def lean(function: Function) -> Function:
    """A kernel without numba's reference counts: it makes no array, its caller gives all.

    Counting the references of some thirty arrays at each inner call takes four fifths of a replay.
    See docs/decisions/kernels.md.
    """
    return cast(Function, Kernel(function, nogil=True, no_cfunc_wrapper=True, _nrt=False))


def inner(function: Function) -> Function:
    """A lean kernel that only kernels call: Python can't, so it needs no wrapper that unpacks."""
    options: Any = {"nogil": True, "_nrt": False}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(Function, Kernel(function, **options))


def compiled() -> int:
    """How many kernels this process has had to compile."""
    return sum(each.compiled for each in _KERNELS)


def _dispatcher(function: Callable[..., object], options: dict[str, Any]) -> Any:
    from idweave.transforms.columnar.arrays.kernel_cache import KernelCache
    from idweave.transforms.columnar.arrays.lean_numba import numba

    dispatcher: Any = numba.njit(**options)(function)
    dispatcher._cache = KernelCache(function)
    called_by_kernels = dispatcher.get_call_template

    def get_call_template(given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return called_by_kernels(tuple(_widened(each) for each in given), named)

    dispatcher.get_call_template = get_call_template
    return dispatcher


def _widened(given: Any) -> Any:
    """The type that a kernel is compiled for when another gives it a number.

    numba would compile it for each width of integer and for each number that is written out.
    """
    from idweave.transforms.columnar.arrays.lean_numba import types

    given = types.unliteral(given)
    return types.int64 if given in (types.int8, types.int16, types.int32) else given
