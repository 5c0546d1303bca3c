"""The runs that are attacked: two in one DIR, one in a copy of it; what they said is kept."""

import contextlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.privacy.attacked import (
    COOKIE,
    CUSTOMER,
    MAIL,
    configuration,
    copied,
    day,
    event,
    launch,
    run_of,
    write_lines,
    write_world,
)
from tests.pipelines.running import RunFolder

LATE = [
    event("late1", 9.9, email=MAIL, device="device-of-nora"),
    event("late2", None, customer=CUSTOMER),
    event("new1", 11, customer=CUSTOMER, cookie=COOKIE),
    event("v1", 12, customer="T-1"),  # the id of one of her records
    event("n1", 12, customer="N-1", email="nora@new.example"),  # a copy of a neighbour's
]
DECIDED = {"id": "d1", "action": "together", "left_type": "email", "left_value": MAIL,
           "right_type": "customer", "right_value": "N-1", "decided_at": day(12)}  # fmt: skip


@dataclass
class Attacked:
    """DIR with its runs, and everything that the commands said."""

    folder: Path
    body: dict[str, Any]
    said: io.StringIO = field(default_factory=io.StringIO)

    def launch(
        self, *arguments: str, body: dict[str, Any] | None = None, output: str = "out"
    ) -> int:
        """Run a command with what is said kept."""
        with contextlib.redirect_stdout(self.said), contextlib.redirect_stderr(self.said):
            return launch(self.folder, body or self.body, *arguments, output=output)

    def run(self, run_id: str, output: str = "out") -> RunFolder:
        """A published run."""
        return run_of(self.folder, run_id, output)


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    """Before requests are heard (r1), after (r2); in a copy of DIR later data, decisions and a
    new person, on the older base, the strategy by another name (r3).
    """
    folder = tmp_path_factory.mktemp("attacked")
    write_world(folder)
    made = Attacked(folder, configuration(folder))
    assert made.launch("backfill", "--run-id", "r1") == 0
    assert made.launch("refresh", "--run-id", "r2", "--debug") == 0
    output = copied(folder)
    write_lines(folder / "web2.jsonl", LATE)
    write_lines(folder / "crm.jsonl", [event("v1", 12, customer="T-2")])
    write_lines(folder / "decided.jsonl", [DECIDED])
    renamed = {k: v for k, v in made.body.items() if k not in ("audiences", "groups", "platforms")}
    renamed["decisions"] = str(folder / "decided.jsonl")
    strategies = made.body["strategies"]
    renamed["strategies"] = {"gentle": strategies["careful"], "visits": strategies["visits"]}
    renamed["privacy"] = made.body["privacy"] | {"strategy": "gentle"}
    again = ["refresh", "--run-id", "r3", "--base", "r1", "--debug"]
    assert made.launch(*again, body=renamed, output=output) == 0
    return made
