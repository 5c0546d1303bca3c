"""Rules of the house that a machine can check."""

import ast
import re
from functools import cache
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindows
from apache_beam.typehints import Any as AnyType

from idweave.pipelines.run.build import build
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.run.make_splits import make_splits
from idweave.pipelines.run.plan import make_job
from idweave.pipelines.settings import load
from idweave.transforms.columnar.policies.registry import POLICIES
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import write_config

ROOT = Path(__file__).parents[1]
BELOW = {  # what each layer may import of the project
    "pipelines": {"idweave.pipelines", "idweave.transforms", "idweave.configs"},
    "transforms": {"idweave.transforms"},
    "transforms/columnar": {"idweave.transforms.columnar"},
}


@cache
def parsed(path: Path) -> ast.Module:
    """A file as a tree; several rules look at it."""
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> set[str]:
    """All modules that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("layer", sorted(BELOW))
def test_imports_point_down(layer: str) -> None:
    own = {"idweave", "pipelines", "transforms", "configs", "tests", "benchmarks"}
    for path in (ROOT / layer).rglob("*.py"):
        for module in imports(path):
            if module.split(".")[0] in own:
                allowed = BELOW[layer]
                assert any(module == a or module.startswith(f"{a}.") for a in allowed), path


def test_columnar_knows_nothing_of_beam() -> None:
    for path in (ROOT / "transforms" / "columnar").rglob("*.py"):
        assert not any(m.split(".")[0] == "apache_beam" for m in imports(path)), path


KERNELS = {"kernel", "lean", "inlined", "inner"}  # their state may come as many arrays
MODULES = [
    p for top in ("pipelines", "transforms", "benchmarks") for p in (ROOT / top).rglob("*.py")
]
TESTS = list((ROOT / "tests").rglob("*.py"))


@cache
def functions(path: Path) -> list[ast.FunctionDef]:
    """All functions of a file, also those inside others."""
    return [n for n in ast.walk(parsed(path)) if isinstance(n, ast.FunctionDef)]


def test_modules_and_functions_are_small() -> None:
    """A test may be 50 lines: its data stands in it."""
    long = [str(p) for p in [*MODULES, *TESTS] if len(p.read_text().splitlines()) > 250]
    long += [
        f"{path}: {function.name}"
        for paths, lines in ((MODULES, 40), (TESTS, 50))
        for path in paths
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= lines
    ]
    assert long == []


def test_functions_take_few_values() -> None:
    """Six at most; a stage's own function has one more for each collection that it looks into."""
    many = [
        f"{path}: {function.name}"
        for path in MODULES
        for function in functions(path)
        if not KERNELS & {d.id for d in function.decorator_list if isinstance(d, ast.Name)}
        and len([a for a in [*function.args.args, *function.args.kwonlyargs] if a.arg != "self"])
        > (7 if path.parent.name == "transforms" else 6)
    ]
    assert many == []


def test_no_collection_of_the_pipeline_is_of_type_any(tmp_path: Path) -> None:
    platform = {"strategy": "one", "identities": {"who": {"encoding": "sha256"}}}
    body = small(tmp_path) | {"solve_limit": 1, "platforms": {"ads": platform}}
    settings = load(str(write_config(tmp_path, body)))
    files = list_inputs(settings).files
    layouts = read_layouts(settings, files)
    job = make_job(settings, layouts, str(tmp_path), list(settings.strategies), None, None)
    pipeline = beam.Pipeline()
    build(pipeline, job, list(make_splits(job, layouts)))
    seen: list[PCollection[object]] = []

    class Visitor(beam.pipeline.PipelineVisitor):
        def visit_value(self, value: PCollection[object], producer_node: object) -> None:
            seen.append(value)

    pipeline.visit(Visitor())
    assert len(seen) > 50
    ours = [v for v in seen if v.producer is not None and "Reshuffle" not in v.producer.full_label]
    untyped = {
        v.producer.full_label
        for v in ours
        if v.element_type == AnyType and "/Create/" not in v.producer.full_label
    }
    assert {label for label in untyped if "Impulse" not in label and "Spread" not in label} == set()
    assert all(isinstance(v.windowing.windowfn, GlobalWindows) for v in ours)
    assert pq.read_table(tmp_path / "in.parquet").schema.field("id").type == pa.string()


def test_only_its_own_folder_and_the_registry_know_a_policy_by_name() -> None:
    names = "|".join(POLICIES)
    own = ROOT / "transforms" / "columnar" / "policies"
    for layer in ("pipelines", "transforms"):
        for path in (ROOT / layer).rglob("*.py"):
            folder = path.relative_to(own).parts[0] if own in path.parents else ""
            if folder in POLICIES or folder == "registry.py":
                continue
            code = parsed(path)
            texts = [
                node.value
                for node in ast.walk(code)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            docs = {ast.get_docstring(node, clean=False) for node in ast.walk(code)
                    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)}  # fmt: skip
            told = [t for t in texts if t not in docs and re.fullmatch(names, t)]
            assert told == [], path
