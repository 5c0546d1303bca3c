"""Says what a sample of each source holds: a few lines a source, values masked."""

from collections.abc import Iterator, Sequence

from idweave.pipelines.errors import shown
from idweave.pipelines.run.differences import other_case_text
from idweave.pipelines.run.inputs import InputFile
from idweave.pipelines.validate.sample import ColumnSample, SourceSample, share
from idweave.pipelines.validate.shapes import as_text
from idweave.pipelines.wording import number


def lines_of(sample: SourceSample, files: Sequence[InputFile]) -> Iterator[str]:
    """What was seen of a source: files, what is unreadable, a line for each identity column."""
    size = sum(file.size for file in files) / 1e6
    yield (
        f"{sample.source}: {number(len(files), 'file')}, {size:,.1f} MB; "
        f"the first {sample.records:,} records:"
    )
    for text in sample.bad_files:
        yield f"  can't be read: {shown(text)}"
    for unreadable in sample.unreadable:
        of = share(unreadable.records, sample.records)
        like = f", like {unreadable.shapes[0].examples[0]}" if unreadable.shapes else ""
        yield f"  unreadable: {of} {unreadable.reason}{like}"
    if sample.without_time:
        yield f"  without a time: {share(sample.without_time, sample.records)}"
    readable = sample.records - sum(u.records for u in sample.unreadable)
    for column in sample.columns:
        yield f"  {_column(column, readable)}"
    for told in sample.other_case:
        yield f"  warning: {other_case_text(*told)}"
    if sample.never:
        yield f"  no record of the sample has: {', '.join(map(shown, sample.never))}"


def _column(column: ColumnSample, readable: int) -> str:
    """Shares of one identity column, and what its values look like."""
    refused = "".join(
        f"; refused {r.values:,} {r.rule} ({as_text(r.shapes)})" for r in column.refused
    )
    like = f"; {as_text(column.shapes)}" if column.shapes else ""
    empty = share(readable - column.filled, readable)
    return f"{column.key}: {share(column.filled, readable)} filled, {empty} empty{refused}{like}"
