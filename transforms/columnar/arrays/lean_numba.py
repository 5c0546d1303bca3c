"""numba without scipy, whose linear algebra it would load: kernels have none."""

from idweave.transforms.columnar.arrays.import_without import import_without

with import_without("scipy"):
    import numba
    import numba.np.arraymath
    import numba.np.linalg
    from numba.core import caching, serialize, types
    from numba.core.runtime import rtsys

__all__ = ["caching", "numba", "rtsys", "serialize", "types"]
