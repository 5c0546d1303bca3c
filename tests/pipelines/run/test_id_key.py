"""Keyed ids are those of BLAKE2b with the key; a key that is missing or short is told."""

import hashlib
from pathlib import Path

import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import backfill, write_config

KEY = "k" * 40


def test_ids_are_keyed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    run = backfill(tmp_path, small(tmp_path, id_key="file:key"))
    found = {row["component_id"] for row in run.rows("identities", "one")}
    names = [
        hashlib.blake2b(
            f"identity\0default\0{row['identity_type']}\0{row['identity_value']}".encode(),
            digest_size=16,
            key=KEY.encode(),
        ).hexdigest()
        for row in run.rows("identities", "one")
    ]
    assert found
    assert found <= set(names)
    assert KEY not in (run.folder / "manifest.json").read_text()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("env:IDWEAVE_NO_SUCH_KEY", "no such environment variable; set it"),
        ("file:none", "No such file or directory"),
        ("file:short", "5 bytes; at least 32, as from `openssl rand -hex 32`"),
    ],
)
def test_a_key_that_is_missing_or_short_is_one_line(
    key: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "short").write_text("short")
    config = write_config(tmp_path, small(tmp_path, id_key=key))
    assert main(["backfill", str(config), "--output", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("id_key: ")
    assert line.endswith(said)
