"""Keeps the memory of large arrays in the process, instead of giving it back after each.

A stage makes and frees arrays of megabytes by the hundred. By default every one of them is mapped
anew and the kernel clears its pages: a third of the CPU time at two million records, and twice the
resident memory (benchmarks/README.md). One arena that keeps what it has been given, for NumPy and
Arrow alike, does without.
"""

import ctypes
import gc

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
_MOST = 2**31 - 1


_one_arena = False  # from the process's start, so that what one thread frees others take


def keep_memory() -> None:
    """Tell glibc to keep freed memory; nothing happens with another C library.

    To be called before the process has other threads.
    """
    global _one_arena
    _one_arena = True
    gc.freeze()  # modules stay: looking through them again and again is 3 % of a run
    _tell_glibc()


def keep_memory_of_a_stage() -> None:
    """The same when a stage begins in a worker whose runner has started threads already.

    Each of them has an arena, and the threads of a stage are given any: what other stages left free
    in the others is given back first, or a worker's memory would grow from stage to stage.
    """
    if _one_arena:
        return
    _tell_glibc()
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)


def _tell_glibc() -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_THRESHOLD, 32 * 2**20)  # the largest that glibc takes
    mallopt(_TRIM_THRESHOLD, _MOST)
    pa.set_memory_pool(pa.system_memory_pool())
