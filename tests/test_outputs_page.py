"""What docs/outputs.md says of tables and words is what the code says."""

from idweave.transforms.tables.registry import TABLES
from tests.outputs_page import PAGE, page


def test_the_page_of_the_outputs_is_current() -> None:
    text = PAGE.read_text()
    assert text == page(text), "python -m tests.outputs_page writes it anew"


def test_every_table_is_on_the_page_with_its_key() -> None:
    text = PAGE.read_text()
    for table in TABLES.values():
        section = text.partition(f"### `{table.folder('NAME')}`\n")[2].partition("\n### ")[0]
        assert "* Primary key: " in section
        assert all(f"| `{field.name}`" in section for field in table.columns)
