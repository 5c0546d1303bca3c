"""How kernels are compiled that call each other with a whole state of arrays."""

from numba import njit

lean = njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
"""Without numba's reference counts: the kernel makes no array, all are given by its caller.

Counting the references of some thirty arrays at each inner call takes four fifths of a replay.
See docs/decisions/kernels.md.
"""
