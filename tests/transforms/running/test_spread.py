"""What is spread, and where nothing has to be."""

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from idweave.pipelines.run.worker_processes import WorkerProcesses
from idweave.transforms.running.spread import Elements, Spread


def test_elements_are_spread_over_workers_and_left_alone_where_there_is_one() -> None:
    reshuffles = {}
    for runner in (FnApiRunner(), WorkerProcesses(debug=False), "FlinkRunner"):
        pipeline = beam.Pipeline(runner=runner)
        elements = pipeline | "Given" >> Elements([1, 2], int)
        assert elements.element_type is int
        labels: list[str] = []

        class Visitor(beam.pipeline.PipelineVisitor):
            def enter_composite_transform(self, node: object, labels: list[str] = labels) -> None:
                labels.append(str(node.full_label))  # type: ignore[attr-defined]

        pipeline.visit(Visitor())
        name = runner if isinstance(runner, str) else type(runner).__name__
        reshuffles[name] = "Given/Spread/Reshuffle" in labels
    assert reshuffles == {"FnApiRunner": False, "WorkerProcesses": True, "FlinkRunner": True}


def test_what_is_spread_here_is_what_was_given() -> None:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        elements = pipeline | Elements([1, 2], int) | Spread()
        assert_that(elements, equal_to([1, 2]))
