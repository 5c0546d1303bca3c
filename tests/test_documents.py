"""What is cited is there: sections of the semantics, files that documents name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = [p for top in ("pipelines", "transforms", "tests") for p in (ROOT / top).rglob("*.py")]
PAGES = ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")
DOCUMENTS = [*(ROOT / page for page in PAGES), *sorted((ROOT / "docs").rglob("*.md"))]


def test_sections_that_the_code_cites_are_in_the_semantics() -> None:
    text = (ROOT / "docs" / "semantics.md").read_text()
    sections = set(re.findall(r"^##+ ([\d.]+?)\.? ", text, re.MULTILINE))
    cited = {
        number
        for path in CODE
        for found in re.findall(r"SEMANTICS ([\d.]+\d|\d)((?: and [\d.]+)?)", path.read_text())
        for number in (found[0], found[1].removeprefix(" and "))
        if number
    }
    assert len(cited) >= 8
    assert cited <= sections


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_a_document_links_to_are_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_headings_that_a_document_links_to_are_there(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", path.read_text()):
        page = path.parent / target if target else path
        headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
        assert anchor in slugs, (target, anchor)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_documents_that_the_code_names_are_there(path: Path) -> None:
    for named in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text()):
        assert (ROOT / named).exists(), named
