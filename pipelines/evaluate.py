"""How right a run is, over pairs of records.

By hand: `python -m idweave.pipelines.evaluate RUN TRUTH [STRATEGY]`.

With a strategy, it also explains two identities of one of its profiles.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from idweave.pipelines.cli.main import main as explain

_MEANING = """\
precision: of the pairs of records in one profile, how many are of one person. recall: of the pairs
of records of one person, how many are in one profile. Only pairs within a scope count, as profiles
never cross scopes: a strategy with more scopes has fewer pairs to find, so its recall may be higher
than that of one that finds more.
"""
_KEYS = ["source", "record_id"]


class Evaluation(NamedTuple):
    """How well one strategy did, over the records whose person the truth knows."""

    strategy: str
    precision: float  # of the pairs of records in one profile, how many are of one person
    recall: float  # of the pairs of records of one person in one scope, how many share a profile
    profiles: int
    largest: int  # records of the largest profile


def evaluate(run_folder: str, truth_folder: str) -> list[Evaluation]:
    """Evaluate every strategy of a run, by name.

    A record that a strategy leaves without a profile has missed its pairs; duplicates don't count.
    Pairs across scopes don't count as missed, as profiles never cross scopes. Pairs are counted
    from the sizes of groups, so work and memory grow with the records. Without any pair a figure
    is 1.

    Args:
        run_folder: of a published run, with its table `assignments`.
        truth_folder: of Parquet files with `source`, `record_id` and `person_id`.

    Raises:
        FileNotFoundError: one of the folders has no such files.
    """
    truth = _read(Path(truth_folder), [*_KEYS, "person_id"])
    strategies = sorted((Path(run_folder) / "assignments").glob("strategy=*"))
    if not strategies:
        raise FileNotFoundError(f"{run_folder}: no assignments; name the folder of a published run")
    return [_evaluate(folder, truth) for folder in strategies]


def print_evaluation(evaluations: Sequence[Evaluation]) -> None:
    """Print a line for each strategy, below the names of the columns, and what they mean."""
    width = max([len("strategy"), *(len(of.strategy) for of in evaluations)])
    line = f"{{:<{width}}}  {{:>9}}  {{:>6}}  {{:>12}}  {{:>15}}"
    print(line.format("strategy", "precision", "recall", "profiles", "largest_records"))
    for of in evaluations:
        precision, recall = f"{of.precision:.4f}", f"{of.recall:.4f}"
        print(line.format(of.strategy, precision, recall, f"{of.profiles:,}", f"{of.largest:,}"))
    print(_MEANING, end="")


def print_example(run_folder: str, strategy: str) -> int:
    """Print a command that asks why two identities are together, and its answer; its status."""
    pair = find_pair(run_folder, strategy)
    if pair is None:
        return 0
    command = ["explain", run_folder, "--strategy", strategy, *pair]
    idweave = os.path.join(os.path.relpath(os.path.dirname(sys.executable)), "idweave")
    print(f"\nWhy are two identities together, or apart?\n\n  {shlex.join([idweave, *command])}\n")
    return explain(command)


def find_pair(run_folder: str, strategy: str) -> tuple[str, str] | None:
    """TYPE:VALUE of the two weakest linked identities of a largest profile; None: it has no three.

    Raises:
        FileNotFoundError: the run has no table `identities` of the strategy.
    """
    folder = Path(run_folder) / "identities" / f"strategy={strategy}"
    columns = ["identity_type", "identity_value", "profile_id", "linked"]
    rows = _read(folder, columns)
    rows = rows.filter(rows["linked"])
    profiles, counts = rows["profile_id"].value_counts().flatten()
    largest = pc.max(counts).as_py() or 0
    if largest < 3:
        return None
    profile = profiles[pc.index(counts, largest).as_py()]
    *_, left, right = rows.filter(pc.equal(rows["profile_id"], profile)).to_pylist()
    a, b = (f"{row['identity_type']}:{row['identity_value']}" for row in (left, right))
    return a, b


def _read(folder: Path, columns: list[str]) -> pa.Table:
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise FileNotFoundError(f"{folder}: no Parquet files")
    return pa.concat_tables(pq.ParquetFile(file).read(columns) for file in files)


def _evaluate(folder: Path, truth: pa.Table) -> Evaluation:
    rows = _read(folder, [*_KEYS, "scope", "profile_id", "status"])
    rows = rows.filter(pc.not_equal(rows["status"], "duplicate")).drop_columns("status")
    rows = rows.join(truth, _KEYS, join_type="inner").drop_columns(_KEYS)
    real = _pairs(_sizes(rows, ["person_id", "scope"]))
    rows = rows.filter(pc.is_valid(rows["profile_id"]))
    sizes = _sizes(rows, ["profile_id"])
    found = _pairs(sizes)
    both = _pairs(_sizes(rows, ["profile_id", "person_id", "scope"]))
    return Evaluation(
        folder.name.removeprefix("strategy="),
        both / found if found else 1.0,
        both / real if real else 1.0,
        len(sizes),
        pc.max(sizes).as_py() or 0,
    )


def _sizes(rows: pa.Table, keys: list[str]) -> pa.ChunkedArray:
    """[groups] how many rows agree in the keys."""
    return rows.group_by(keys).aggregate([([], "count_all")])["count_all"]


def _pairs(sizes: pa.ChunkedArray) -> int:
    """Pairs of rows within groups of these sizes."""
    pairs = pc.divide(pc.multiply(sizes, pc.subtract(sizes, 1)), 2)
    return int(pc.sum(pairs).as_py() or 0)


def main(arguments: Sequence[str]) -> int:
    """Print the evaluation of a run. Returns the exit status: 0 done, 2 wrong usage."""
    if len(arguments) not in (2, 3):
        print("usage: python -m idweave.pipelines.evaluate RUN TRUTH [STRATEGY]", file=sys.stderr)
        return 2
    try:
        print_evaluation(evaluate(*arguments[:2]))
        if len(arguments) == 3:
            return print_example(arguments[0], arguments[2])
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
