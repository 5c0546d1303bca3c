"""The example configuration, run on a small world of its shape."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from idweave.pipelines.cli.main import main
from tests.pipelines.running import Run

EXAMPLE = Path(__file__).parents[3] / "configs" / "example.yaml"


def test_the_example_configuration_runs(tmp_path: Path) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "event_id": f"e{number}",
            "type": "track" if number < 120 else "page",
            "ts": began + timedelta(minutes=number),
            "app_id": ("web", "app", "courier_app")[number % 3],
            "action": ("page_view", "sign_in", "sign_out")[number % 7 % 3],
            "user": {"id": f"c{number % 6}" if number % 2 else None},
            "email": f"P{number % 8}@x.com",
            "alt_email": None if number % 5 else "test@test.com",
            "device_id": f"d{number % 10}",
            "plan": "gold",
            "amount": number / 4,
            "changes": [{"type": "email", "old": None, "new": "q@x.com"}] if number == 9 else [],
        }
        for number in range(130)
    ]
    (tmp_path / "events").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "events" / "0.parquet")
    began_at = [f"01.0{n + 1}.2026 10:00" for n in range(6)]
    lines = [
        f"k{n};{at};c{n};p{n}@x.com;;(415) 555-010{n};Zoë;Weg {n // 2}"
        for n, at in enumerate(began_at)
    ]
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "crm.csv").write_text("\n".join(lines) + "\n", "latin-1")
    (tmp_path / "idweave.yaml").write_text(EXAMPLE.read_text())
    output = tmp_path / "out"
    assert main(["backfill", str(tmp_path / "idweave.yaml"), "--output", str(output)]) == 0
    run = Run(output)
    for name in yaml.safe_load(EXAMPLE.read_text())["strategies"]:
        assigned = run.rows("assignments", name)
        assert len(assigned) == 120 + 6
        held = {row["profile_id"] for row in run.rows("profiles", name)}
        assert {row["profile_id"] for row in assigned} - {None} <= held
    ads = run.rows("platforms", "google_ads")
    assert ads
    assert all(len(row["hashed_email"]) == 64 for row in ads)
    assert {row["plan"] for row in ads} <= {"gold", None}
    assert {row["first_name"] for row in ads} == {"zoë", None}
    assert any(row["hashed_phone"] for row in ads)
    crm = [row for row in run.rows("assignments", "careful") if row["source"] == "crm"]
    assert sorted(row["event_time"] for row in crm)[0] == datetime(2026, 1, 1, 9, tzinfo=UTC)
    brand = [row for row in run.rows("assignments", "brand") if row["source"] == "crm"]
    assert {(row["status"], row["reason"]) for row in brand} == {("unassigned", "source_not_used")}
