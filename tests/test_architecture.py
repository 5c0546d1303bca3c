"""The picture of the dataflow is the graph that a run builds, and every room is described."""

from functools import cache
from pathlib import Path

from tests.dataflow import picture

ROOT = Path(__file__).parents[1]
DRAWN = cache(picture)
TEXT = (ROOT / "docs" / "architecture.md").read_text()


def test_the_picture_is_the_graph_that_a_run_builds() -> None:
    drawn = TEXT.partition("<!-- dataflow -->\n")[2].partition("\n<!-- /dataflow -->")[0]
    assert drawn == DRAWN(), "python -m tests.dataflow draws it again"


def test_every_room_is_described() -> None:
    tops = [ROOT / top for top in ("pipelines", "transforms")]
    rooms = {p.parent for top in tops for p in top.rglob("__init__.py")} - {*tops}
    named = {f"`{room.relative_to(ROOT)}/`" for room in rooms if "columnar/" not in str(room)}
    within = {
        f"`…/{room.relative_to(ROOT / 'transforms/columnar')}/`"
        for room in rooms
        if room.parent == ROOT / "transforms" / "columnar"
    }
    assert {room for room in named | within if room not in TEXT} == set()


def test_every_stage_is_described() -> None:
    stages = {word for line in DRAWN().splitlines() if "-->" in line for word in line.split()}
    assert {s for s in stages - {"-->", "Splits"} if f"**{s}**" not in TEXT} == set()
