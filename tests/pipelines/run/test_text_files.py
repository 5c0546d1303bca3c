"""Text files as people have them: `csv` says how they are written; errors have no content."""

from pathlib import Path
from typing import Any

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run, backfill, write_config


def body(path: str, **source: Any) -> dict[str, Any]:
    columns = {"path": path, "record_id": "id", "identities": {"uid": "uid", "email": "email"}}
    return {
        "sources": {"web": columns | source},
        "identities": {"uid": {}, "email": {}},
        "strategies": {"s": {"policy": "merge_all"}},
    }


def values(run: Run) -> list[tuple[str, str]]:
    rows = run.rows("identities", "s")
    return sorted((row["identity_type"], row["identity_value"]) for row in rows)


SPARK = b'id,uid,email\n1,"Bar \\"No 5\\"",a@e.org\n2,"Bar ""No 5""",b@e.org\n'


def test_a_quoted_cell_of_another_dialect_is_quarantined_or_read_by_that_dialect(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.csv").write_bytes(SPARK)
    run = backfill(tmp_path, body("in.csv"))
    assert values(run) == [("email", "b@e.org"), ("uid", 'Bar "No 5"')]
    (row,) = run.quarantine()
    assert (row["position"], row["reason"]) == (0, "malformed_quotes")
    assert row["raw_text"] == '1,"Bar \\"No 5\\"",a@e.org'
    run = backfill(tmp_path, body("in.csv", csv={"escape": "backslash"}), "--run-id", "b")
    expected = [("email", "a@e.org"), ("email", "b@e.org"), ("uid", 'Bar "No 5"')]
    assert (values(run), run.quarantine()) == (expected, [])


def test_delimiter_encoding_and_header_are_the_source_s(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("1;Zoë;a@e.org\n2;Zoë;b,c@e.org\n".encode("latin-1"))
    form = {"delimiter": ";", "encoding": "latin-1", "header": ["id", "uid", "email"]}
    run = backfill(tmp_path, body("in.csv", csv=form))
    assert values(run) == [("email", "a@e.org"), ("email", "b,c@e.org"), ("uid", "Zoë")]
    assert [r["record_id"] for r in run.rows("assignments", "s")] == ["1", "2"]


@pytest.mark.parametrize("command", ["validate", "backfill"])
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1,Jane Roe,jane.roe@example.org,+1 415 555 0100\n2,Max,m@e.org,\n",
         "its first line has 4 columns; if that is a record, name them: csv: {header: […]}"),
        ("id;uid;email\n1;a;b\n", "the header has ';' 2 times: csv: {delimiter: \";\"}?"),
        ("id,uid,emial\n1,a,b\n", "did you mean emial?"),
    ],
)  # fmt: skip
def test_a_header_without_the_columns_is_told_without_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, text: str, hint: str
) -> None:
    (tmp_path / "in.csv").write_text(text)
    config = write_config(tmp_path, body("in.csv"))
    more = ["--output", str(tmp_path / "out")] if command == "backfill" else []
    assert main([command, str(config), *more]) == 2
    said = capsys.readouterr().err.strip()
    assert said.endswith(f"no such column in {tmp_path}/in.csv; {hint}")
    assert "Jane" not in said
    assert "@" not in said
