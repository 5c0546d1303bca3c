"""Cuts the input files into what one worker reads: large files apart, small ones together."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from idweave.pipelines.run.inputs import COMPRESSED
from idweave.pipelines.run.layouts import Layout
from idweave.transforms.columnar.reading.read_files import FilePart
from idweave.transforms.job import Job, Split

_SMALL = 2 * 2**20  # bytes of a file that is read together with others
_TOGETHER = 16 * 2**20  # bytes of all of them, if `split_bytes` is not less
_PACKED = 8  # how much longer than its file packed text is guessed to be
_SHORTEST = 16  # bytes that a record of text is guessed to have at least
LINKED = "together"  # the split of what people link: its name comes after all others


def make_splits(job: Job, layouts: Sequence[Layout]) -> Iterator[Split]:
    """Row groups of Parquet, whole files of text, and runs of small files, by (source, path).

    What people link comes last.
    """
    places = {source.reading.name: i for i, source in enumerate(job.sources)}
    ordered = enumerate(sorted(layouts, key=lambda layout: layout.file))
    for name, of_source in groupby(ordered, key=lambda item: item[1].file.source):
        for run in _runs(job, of_source):
            first, layout = run[0]
            for part, files in enumerate(_parts(job, layout) if len(run) == 1 else [_whole(run)]):
                split = f"s{places[name]:03d}-f{first:07d}-{part:05d}"
                yield Split(split, places[name], files)
    if job.decided_source >= 0:
        yield Split(LINKED, job.decided_source, ())


def _runs(job: Job, layouts: Iterator[tuple[int, Layout]]) -> Iterator[list[tuple[int, Layout]]]:
    """Neighbours that are read together: one file, or several small ones."""
    run: list[tuple[int, Layout]] = []
    size = rows = 0
    for item in layouts:
        of_size, of_rows = _size(item[1])
        small = of_size <= _SMALL
        over = size + of_size > min(_TOGETHER, job.split_bytes) or rows + of_rows > job.split_rows
        if run and (over or not small):
            yield run
            run, size, rows = [], 0, 0
        run.append(item)
        size, rows = size + of_size, rows + of_rows
        if not small:
            yield run
            run, size, rows = [], 0, 0
    if run:
        yield run


def _size(layout: Layout) -> tuple[int, int]:
    """Bytes and records of a file, guessed where only reading tells."""
    if layout.schema is not None:
        return max(layout.file.size, sum(layout.bytes)), sum(layout.rows)
    packed = layout.file.path.lower().endswith(COMPRESSED)
    size = layout.file.size * (_PACKED if packed else 1)
    return size, size // _SHORTEST


def _whole(run: Sequence[tuple[int, Layout]]) -> tuple[FilePart, ...]:
    return tuple(_part(layout, None) for _, layout in run)


def _part(layout: Layout, row_groups: tuple[int, ...] | None) -> FilePart:
    file = layout.file
    return FilePart(file.path, file.format, row_groups, file.partitions)


def _parts(job: Job, layout: Layout) -> Iterator[tuple[FilePart, ...]]:
    """Neighbouring row groups within `split_rows` and `split_bytes`, at least one each."""
    if layout.schema is None:
        yield (_part(layout, None),)
        return
    groups: list[int] = []
    rows = size = 0
    for group, (of_rows, of_bytes) in enumerate(zip(layout.rows, layout.bytes, strict=True)):
        over = rows + of_rows > job.split_rows or size + of_bytes > job.split_bytes
        if groups and over:
            yield (_part(layout, tuple(groups)),)
            groups, rows, size = [], 0, 0
        groups.append(group)
        rows, size = rows + of_rows, size + of_bytes
    yield (_part(layout, tuple(groups)),)
