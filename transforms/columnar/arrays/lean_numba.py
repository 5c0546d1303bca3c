"""numba without scipy, for linear algebra, and cffi, for C: kernels have neither."""

from idweave.transforms.columnar.arrays.import_without import import_without

with import_without("scipy", "cffi"):
    import numba
    import numba.core.typing.cffi_utils  # asked for when the first kernel is called
    import numba.np.arraymath
    import numba.np.linalg
    from numba.core import caching, serialize
    from numba.core.runtime import rtsys

__all__ = ["caching", "numba", "rtsys", "serialize"]
