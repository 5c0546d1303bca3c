"""The story of docs/consent.md, run as it is written there."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run

PAGE = Path(__file__).parents[3] / "docs" / "consent.md"
PLATFORMS = ("europe", "california", "signed_in", "both", "half")
SAID: dict[str, dict[str, Any]] = {
    "Ann": {"consent": "true", "customer": "c1"},
    "Bob": {"consent": "false", "customer": "c2"},
    "Cas": {},
    "Dee": {"consent": "true", "opt_out": "true"},
    "Eve": {"opt_out": "0", "customer": "c5"},
}
THEN = {"Ann": {"consent": "false"}, "Cas": {"consent": "true"}}


def part(name: str) -> str:
    """What stands between two marks of the page."""
    return PAGE.read_text().partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]


def write(folder: Path, day: int, said: dict[str, dict[str, Any]]) -> None:
    """A record for each who said something."""
    (folder / "web").mkdir(exist_ok=True)
    lines = [
        json.dumps({"id": f"{day}{who}", "ts": f"2026-03-0{day}", "email": mail(who), **of}) + "\n"
        for who, of in said.items()
    ]
    (folder / "web" / f"{day}.jsonl").write_text("".join(lines))


def mail(who: str) -> str:
    return f"{who.lower()}@example.org"


def rows(run: Run, table: str) -> list[dict[str, Any]]:
    """All rows of a table, by its folder."""
    found: list[dict[str, Any]] = ds.dataset(run.folder / table).to_table().to_pylist()
    return found


def first_table(run: Run) -> str:
    """Who said what, and who was sent where."""
    lines = [f"| who | said | {' | '.join(f'`{p}`' for p in PLATFORMS)} |", "|---" * 7 + "|"]
    sent = {p: {row["email"] for row in rows(run, f"platforms/{p}")} for p in PLATFORMS}
    for who, said in SAID.items():
        words = ", ".join(f"{key} {value}" for key, value in said.items()) or "nothing"
        marks = ["yes" if mail(who) in sent[p] else "" for p in PLATFORMS]
        lines.append(f"| {who} | {words} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def changes_table(run: Run) -> str:
    """What each platform is told to do."""
    lines = ["| platform | `op` | whom |", "|---|---|---|"]
    for platform in PLATFORMS:
        told = rows(run, f"changes/platforms/{platform}")
        for row in sorted(told, key=lambda row: (row["op"], row["email"])):
            who = row["email"].partition("@")[0].capitalize()
            lines.append(f"| `{platform}` | `{row['op']}` | {who} |")
    return "\n".join(lines) + "\n"


def test_the_story_of_consent_is_what_a_run_and_a_refresh_do(tmp_path: Path) -> None:
    config = tmp_path / "idweave.yaml"
    config.write_text(re.sub("```(yaml)?\n", "", part("configuration")))
    arguments = [str(config), "--output", str(tmp_path / "out")]
    write(tmp_path, 1, SAID)
    assert main(["backfill", *arguments, "--as-of", "2026-03-01"]) == 0
    first = Run(tmp_path / "out")
    assert first_table(first) == part("first")
    counts = first.manifest["strategies"]["people"]["counts"]["platforms"]
    assert (counts["europe"]["where"], counts["both"]["audiences"]) == (3, 4)
    write(tmp_path, 2, THEN)
    assert main(["refresh", *arguments, "--as-of", "2026-03-02"]) == 0
    second = Run(tmp_path / "out")
    assert changes_table(second) == part("changes")
    members = {
        row["profile_id"]: row["op"] for row in rows(second, "changes/audiences/may_be_asked")
    }
    assert sorted(members.values()) == ["delete", "insert"]
