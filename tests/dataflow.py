"""Draws the dataflow from the pipeline that a run builds: `python -m tests.dataflow`."""

import tempfile
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
from apache_beam.pvalue import PValue

from idweave.pipelines.run.build import build
from idweave.pipelines.run.decided import with_decisions
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.run.make_splits import make_splits
from idweave.pipelines.run.plan import make_job
from idweave.pipelines.settings import load
from idweave.transforms.columnar.deciding.decision import Action, Decision
from idweave.transforms.job import BasePlan, ChangePlan
from tests.pipelines.running import write_config


class _Stages(PipelineVisitor):
    """The transforms that `build` applies, and which of them each one reads."""

    def __init__(self) -> None:
        self.edges: dict[tuple[str, str], None] = {}

    def enter_composite_transform(self, transform_node: AppliedPTransform) -> None:
        self._visit(transform_node)

    def visit_transform(self, transform_node: AppliedPTransform) -> None:
        self._visit(transform_node)

    def _visit(self, node: AppliedPTransform) -> None:
        stage = _stage(node)
        sides = [side.pvalue for side in node.side_inputs]
        for value in (*node.inputs, *sides):
            above = _made_by(value)
            if above and stage and above != stage:
                self.edges[above, stage] = None


def _stage(node: AppliedPTransform) -> str:
    """The transform at the top that a node is part of."""
    return node.full_label.split("/")[0]


def _made_by(value: PValue) -> str:
    return _stage(value.producer) if value.producer is not None else ""


_PLUMBING = ("Parts", "Resolved parts", "Answers", "All parts")  # they only bring lists together


_TOGETHER = Decision("d", Action.TOGETHER, (0, "a"), (1, "b"), None, None, 0, None, None)


def picture() -> str:
    """The dataflow of a run with a base and decisions as Mermaid; arrows are PCollections."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = pa.table({"id": ["1"], "who": ["a"], "device": ["b"]})
        pq.write_table(table, folder / "in.parquet")
        body = {
            "sources": {
                "in": {
                    "path": str(folder / "in.parquet"),
                    "record_id": "id",
                    "identities": {"who": "who", "device": "device"},
                }
            },
            "identities": {"who": {}, "device": {}},
            "strategies": {"one": {"policy": "no_guess", "unique": ["who"]}},
        }
        settings = load(str(write_config(folder, body)))
        files = list_inputs(settings).files
        layouts = read_layouts(settings, files)
        names = list(settings.strategies)
        job = make_job(settings, layouts, str(folder), names, None, None)
        base = BasePlan("earlier", 0, False, ())
        job = with_decisions(job, (_TOGETHER,))
        job = job._replace(
            strategies=tuple(plan._replace(base=base) for plan in job.strategies),
            changes=(ChangePlan("assignments", "one", "", ()),),
        )
        pipeline = beam.Pipeline()
        build(pipeline, job, list(make_splits(job, layouts)))
        stages = _Stages()
        pipeline.visit(stages)
    lines = [
        f"    {left} --> {right}"
        for left, right in stages.edges
        if left not in _PLUMBING and right not in _PLUMBING
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


if __name__ == "__main__":
    print(picture())
