"""Keyed ids are those of BLAKE2b with the key; a key that is missing or short is told."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import ROWS, small
from tests.pipelines.running import Run, backfill, state, write_config

KEY, OTHER = "k" * 40, "o" * 64


def digest(type_: str, value: str, key: str) -> str:
    """The id of what was born with an identity."""
    message = f"identity\0default\0{type_}\0{value}".encode()
    return hashlib.blake2b(message, digest_size=16, key=key.encode()).hexdigest()


def test_ids_are_keyed_and_another_key_names_new_profiles_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    body = small(tmp_path, id_key="file:key", strategies={"one": {"policy": "merge_all"}})
    first = backfill(tmp_path, body)
    found = {row["profile_id"] for row in first.rows("profiles", "one")}
    names = [
        digest(row["identity_type"], row["identity_value"], KEY)
        for row in first.rows("identities", "one")
    ]
    assert found
    assert found <= set(names)
    (tmp_path / "key").write_text(OTHER)
    rows = pa.table(ROWS)
    new = pa.table({name: ["new"] for name in rows.column_names}).cast(rows.schema)
    pq.write_table(pa.concat_tables([rows, new]), tmp_path / "in.parquet")
    output = tmp_path / "out"
    assert main(["refresh", str(tmp_path / "idweave.yaml"), "--output", str(output)]) == 0
    then = {row["profile_id"] for row in Run(output).rows("profiles", "one")}
    assert then - found == {digest("who", "new", OTHER)}
    assert found <= then
    said = capsys.readouterr()
    written = [said.out.encode(), said.err.encode(), *state(output).values()]
    assert not any(key.encode() in text for key in (KEY, OTHER) for text in written)


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
