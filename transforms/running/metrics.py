"""Beam's counters of a run: what any runner shows while it goes, and the manifest at the end.

They count attempts: a bundle that was done again counts twice here, and once in the tables.
"""

from functools import cache
from typing import Any

from apache_beam.metrics import Metrics
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.runners.runner import PipelineResult

from idweave.transforms.running.counts import SourceCounts, StrategyCounts

NAMESPACE = "idweave"
_LARGEST = "largest_component"


def count_bytes(kept: int) -> None:
    """Count what a stage kept for others; to be called in the thread of the bundle."""
    if kept:
        _add("bytes_shuffled", kept)


def count_result(result: Any) -> None:
    """Count what a stage gave; to be called in the thread of the bundle."""
    counts = getattr(result, "counts", None)
    if isinstance(counts, SourceCounts):
        _add("batches", 1)
        for name in ("read", "outside", "filtered", "quarantined"):
            _add(f"records_{name}", getattr(counts, name))
        for rule, n in counts.refused_values:
            _add(f"values_refused_{rule}", n)
    elif isinstance(counts, StrategyCounts):
        for rule, n in counts.drops:
            _add(f"values_dropped_{rule}", n)
        if counts.largest_component:
            Metrics.distribution(NAMESPACE, _LARGEST).update(counts.largest_component)


def _add(name: str, n: int) -> None:
    _counter(name).inc(n)


@cache
def _counter(name: str) -> Any:
    """Beam's counter, which finds the step that it counts for when it is asked to count."""
    return Metrics.counter(NAMESPACE, name)


def read_metrics(result: PipelineResult) -> dict[str, int]:
    """The counters of a run that has ended, by name; none where the runner keeps none."""
    found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))
    metrics: dict[str, int] = {}
    for entry in found["counters"]:
        metrics[entry.key.metric.name] = metrics.get(entry.key.metric.name, 0) + entry.result
    for entry in found["distributions"]:
        name = entry.key.metric.name
        metrics[name] = max(metrics.get(name, 0), entry.result.max)
    return dict(sorted(metrics.items()))
