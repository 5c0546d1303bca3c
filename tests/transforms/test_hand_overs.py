"""What stages hand over is declared once; its writers and readers are found by their imports."""

import ast
from pathlib import Path

from idweave.transforms.exchange.unit_file import UnitFile
from tests.handovers import MODULES, ROOT, Uses, kinds, paths_of, read_once, table

STAGES = sorted(path.stem for path in ROOT.glob("*.py") if path.stem not in ("__init__", "job"))


def test_every_kind_is_written_by_one_module_and_every_field_is_read() -> None:
    uses = Uses()
    assert {kind.__name__: len(uses.writers[kind.__name__]) for kind in kinds()} == {
        kind.__name__: 1 for kind in kinds()
    } | {
        "ResolvedFile": 2,  # ApplyIds puts lasting ids in what Resolve answered
        "GroupRowsFile": 2,  # at once by an attribute; by identity type once there are labels
    }
    fields = [(kind.__name__, field.name) for kind in kinds() for field in kind.fields]
    assert len(fields) > 80
    same = {field.name for field in UnitFile.fields}  # these lie over those of the unit
    fields = [(kind, name) for kind, name in fields if kind != "DecidedFile" or name not in same]
    assert [field for field in fields if not uses.readers[field]] == []


def test_no_module_reads_what_no_kind_declares() -> None:
    declared = {(kind.__name__, field.name) for kind in kinds() for field in kind.fields}
    assert sorted(set(Uses().readers) - declared) == []


def test_what_a_stage_removes_no_other_stage_reads() -> None:
    uses, removed = Uses(), read_once()
    assert {
        stage: [kind.__name__ for of, kind in removed if of == stage] for stage, _ in removed
    } == {
        "compare_tables": ["RowHashesFile"],
        "find_common": ["NewHeldFile", "OldHeldFile"],
        "merge_identities": ["NodesFile"],
        "name_components": ["CandidatesFile"],
        "resolve": ["GatheredFile"],
        "solve_components": ["ContractedFile", "EdgesFile"],
    }
    for stage, kind in removed:
        assert uses.stages_that_read(kind) == {stage}, kind


def test_kinds_are_declared_in_the_modules_that_are_listed() -> None:
    declaring = {
        path.stem
        for path in ROOT.rglob("*.py")
        if "(WorkingFile):" in path.read_text() and path.stem != "working_file"
    }
    assert declaring == set(MODULES)


def test_kinds_have_paths_of_their_own() -> None:
    paths = [path for kind in kinds() for path in paths_of(kind)]
    assert len(paths) == len(set(paths)) >= 15


def test_every_field_says_what_it_means() -> None:
    for kind in kinds():
        assert kind.__doc__, kind
        for field in kind.fields:
            assert field.meaning, (kind, field.name)
            assert field.type_name, (kind, field.name)


def test_a_stage_imports_no_stage() -> None:
    stages = {f"idweave.transforms.{name}" for name in STAGES}
    for name in STAGES:
        tree = ast.parse((ROOT / f"{name}.py").read_text())
        imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not imported & stages, name


def test_the_table_of_kinds_is_that_of_the_classes() -> None:
    text = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()
    shown = text.partition("<!-- working files -->\n")[2].partition("\n<!-- /working files -->")[0]
    assert shown == table(), "python -m tests.handovers makes it again"
