"""The command `validate`: the configuration, every source's readability, and a sample of each."""

import sys
from collections.abc import Iterator
from functools import partial

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.decisions.decide import read_decisions
from idweave.pipelines.errors import CheckFailed, RunFailed, shown
from idweave.pipelines.run.check_readable import remedy
from idweave.pipelines.run.checked_rules import checked_rules
from idweave.pipelines.run.differences import input_warnings, warning_text
from idweave.pipelines.run.inputs import list_inputs
from idweave.pipelines.run.layouts import read_layouts
from idweave.pipelines.run.overlap import check_exports_unread
from idweave.pipelines.settings import Settings
from idweave.pipelines.settings.values import without_unset
from idweave.pipelines.validate.page import lines_of
from idweave.pipelines.validate.sample import sample_source
from idweave.transforms.columnar.reading.records import bad_file_remedy


def validate(settings: Settings, resolved: bool, most: int) -> None:
    """Check everything that can be checked without a run, and say what was seen.

    Args:
        resolved: print the configuration as it is understood, and nothing else, on standard output.
        most: records of each source that are read.

    Raises:
        As `examine` does.
    """
    tell = partial(print, file=sys.stderr) if resolved else say
    for place, line in enumerate(examine(settings, most)):
        if resolved and not place:
            _print_resolved(settings)
        tell(line)


def examine(settings: Settings, most: int) -> Iterator[str]:
    """Check everything that can be checked without a run: lines on what was seen, source by source.

    Raises:
        WrongUsage, RunFailed: a source can't be read, or lacks a column; a decision is faulty.
        CheckFailed: nothing of a source's sample can be read.
    """
    listed = list_inputs(settings)
    check_exports_unread(settings)
    layouts = read_layouts(settings, listed.files)
    checked_rules(settings, layouts)
    read_decisions(settings, listed.decisions)
    warnings = input_warnings(listed.skipped, layouts)
    hopeless, bad = [], []
    for name, source in settings.sources.items():
        own = [file for file in listed.files if file.source == name]
        sample = sample_source(settings, name, own, most)
        yield from lines_of(sample, own)
        for told in warnings.get(name, ()):
            yield f"  warning: {warning_text(name, told)}"
        if source.on_bad_file == "fail":
            bad += [f"{shown(text)}; {bad_file_remedy(name)}" for text in sample.bad_files]
        unreadable = sum(u.records for u in sample.unreadable)
        if sample.records and unreadable == sample.records and not source.allow_unreadable:
            hopeless.append((name, sample))
    if bad:
        raise RunFailed("\n".join(bad))
    if hopeless:
        raise CheckFailed(
            "\n".join(
                f"sources.{name}: none of the first {sample.records:,} records can be read "
                f"({sample.unreadable[0].reason}); {remedy(name, sample.unreadable[0].reason)}"
                for name, sample in hopeless
            )
        )


def _print_resolved(settings: Settings) -> None:
    import yaml

    body = without_unset(settings.resolved())
    say(yaml.safe_dump(body, sort_keys=False, allow_unicode=True).removesuffix("\n"))
