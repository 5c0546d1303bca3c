"""A process of its own loads Beam and numba without what idweave has no use for."""

import subprocess
import sys

_UNUSED = ("pymongo", "bson", "requests", "beartype", "httplib2", "scipy")
_START = """
import sys
from idweave.pipelines.cli.lean_beam import import_beam
import_beam()
from idweave.transforms.columnar.arrays.lean_numba import numba
assert "apache_beam" in sys.modules
"""
_LATER = f"""
print([name for name in {_UNUSED} if name in sys.modules])
import pymongo, scipy, beartype.door  # whoever wants them gets them
import apache_beam.io.gcp.bigquery
from apache_beam.runners.portability.stager import get_new_http
print(beartype.door.is_subhint(bool, int), type(get_new_http()).__module__)
"""
_COMPARED = """
from apache_beam.typehints.typehints import is_consistent_with
print(is_consistent_with(bool, int), is_consistent_with(str, int))
from apache_beam.transforms import core
from idweave.transforms.running.in_threads import InThreads
class Other(InThreads):
    def process(self, element, more=core.DoFn.TimestampParam):
        return ()
for stage in (InThreads(print), InThreads(len), Other(print)):
    names, defaults = core.get_function_arguments(stage, "process")
    print(names, defaults == [core.DoFn.TimestampParam])
print(core.get_function_args_defaults(InThreads.process)[0])
"""


def _printed(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "bson" not in done.stderr
    return done.stdout.splitlines()


def test_what_is_not_used_is_left_out_and_can_be_imported_later() -> None:
    assert _printed(_START + _LATER) == ["[]", "True httplib2"]


def test_types_and_signatures_are_those_that_beam_finds_itself() -> None:
    assert _printed(_START + _COMPARED) == [
        "True False",
        "['element'] False",
        "['element'] False",
        "['element', 'more'] True",
        "['self', 'element']",
    ]
