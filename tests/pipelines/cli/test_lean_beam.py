"""A process of its own loads Beam and numba without what idweave has no use for."""

import subprocess
import sys

_SCRIPT = """
import sys
from idweave.pipelines.cli.lean_beam import import_beam
import_beam()
from idweave.transforms.columnar.arrays.lean_numba import numba
assert "apache_beam" in sys.modules
loaded = [name for name in ("pymongo", "bson", "requests", "scipy") if name in sys.modules]
import pymongo, scipy  # whoever wants them gets them
import apache_beam.io.gcp.bigquery
print(loaded)
"""


def test_connectors_and_linear_algebra_are_left_out_and_can_be_imported_later() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
    assert "bson" not in done.stderr
