"""Compares a run with a known truth: precision and recall over pairs of records."""

import sys
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class Evaluation(NamedTuple):
    """How well one strategy did."""

    strategy: str
    precision: float  # of the pairs of records in one profile, how many are of one person
    recall: float  # of the pairs of records of one person in one scope, how many are in one profile
    profiles: int
    largest: int  # records of the largest profile


def evaluate(run: str, truth: str) -> list[Evaluation]:
    """Evaluate every strategy of a run.

    Args:
        run: folder of a published run.
        truth: folder of Parquet files with `source`, `record_id` and `person_id`.

    Pairs are counted from the sizes of groups, so nothing grows faster than the records. Records
    without a profile are in no pair that was found. Pairs across scopes don't count as missed:
    profiles never cross scopes.
    """
    people = _read(Path(truth)).select(["source", "record_id", "person_id"])
    strategies = sorted((Path(run) / "assignments").glob("strategy=*"))
    return [_evaluate(folder, people) for folder in strategies]


def _read(folder: Path) -> pa.Table:
    return pa.concat_tables(
        pq.ParquetFile(file).read() for file in sorted(folder.glob("*.parquet"))
    )


def _evaluate(folder: Path, people: pa.Table) -> Evaluation:
    rows = _read(folder).select(["source", "record_id", "scope", "profile_id", "status"])
    rows = rows.filter(pc.not_equal(rows["status"], "duplicate"))
    rows = rows.join(people, ["source", "record_id"], join_type="inner")
    found = rows.filter(pc.is_valid(rows["profile_id"]))
    real = _pairs(rows, ["person_id", "scope"])
    together = _pairs(found, ["profile_id"])
    both = _pairs(found, ["profile_id", "person_id", "scope"])
    sizes = found.group_by("profile_id").aggregate([([], "count_all")])["count_all"]
    return Evaluation(
        folder.name.removeprefix("strategy="),
        both / together if together else 1.0,
        both / real if real else 1.0,
        len(sizes),
        pc.max(sizes).as_py() or 0,
    )


def _pairs(rows: pa.Table, keys: list[str]) -> int:
    """Pairs of rows that agree in some columns."""
    sizes = rows.group_by(keys).aggregate([([], "count_all")])["count_all"]
    pairs: int = pc.sum(pc.divide(pc.multiply(sizes, pc.subtract(sizes, 1)), 2)).as_py() or 0
    return pairs


def main() -> None:
    """Print a table: `python -m pipelines.evaluate RUN TRUTH`."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m pipelines.evaluate RUN TRUTH")
    line = "{:<14} {:>9} {:>9} {:>12} {:>14}"
    print(line.format("strategy", "precision", "recall", "profiles", "largest, rows"))
    for of in evaluate(sys.argv[1], sys.argv[2]):
        precision, recall = f"{of.precision:.4f}", f"{of.recall:.4f}"
        print(line.format(of.strategy, precision, recall, f"{of.profiles:,}", f"{of.largest:,}"))


if __name__ == "__main__":
    main()
