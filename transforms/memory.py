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


def keep_memory() -> None:
    """Tell glibc to keep freed memory; nothing happens with another C library."""
    gc.freeze()  # modules stay: looking through them again and again is 3 % of a run
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_THRESHOLD, 32 * 2**20)  # the largest that glibc takes
    mallopt(_TRIM_THRESHOLD, _MOST)
    pa.set_memory_pool(pa.system_memory_pool())
