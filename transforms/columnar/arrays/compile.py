"""How kernels are compiled: plain loops on arrays, once for each processor and source."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

from idweave.transforms.columnar.arrays.kernel_cache import KernelCache

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """A kernel: compiled on first use for the types it is given, kept, without the lock."""
    return _kept(njit(nogil=True)(function), function)


def inlined(function: Function) -> Function:
    """A kernel that becomes part of the kernels that call it."""
    return _kept(njit(nogil=True, inline="always")(function), function)


def lean(function: Function) -> Function:
    """A kernel without numba's reference counts: it makes no array, its caller gives all.

    Counting the references of some thirty arrays at each inner call takes four fifths of a replay.
    See docs/decisions/kernels.md.
    """
    return _kept(njit(nogil=True, _nrt=False)(function), function)  # type: ignore[call-overload]


def inner(function: Function) -> Function:
    """A lean kernel that only kernels call: Python can't, so it needs no wrapper that unpacks."""
    options: Any = {"nogil": True, "_nrt": False}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _kept(njit(**options)(function), function)


def _kept(dispatcher, function: Function) -> Function:  # type: ignore[no-untyped-def]
    dispatcher._cache = KernelCache(function)
    return dispatcher  # type: ignore[no-any-return]
