"""The closing summary of a run, read from its manifest: what came in, and what became of it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from idweave.pipelines.log import Log
from idweave.pipelines.published.figures import ENDED_IDS, NEW_IDS, Share, risky_profiles
from idweave.pipelines.run.differences import other_case_text, warning_text
from idweave.pipelines.wording import number
from idweave.transforms.columnar.arrays.compile import compiled
from idweave.transforms.columnar.vocabulary import Status, texts
from idweave.transforms.running.counts import NO_REASON

# decided when a value is read, whatever the strategy: told under the source
_WHEN_READ = ("wrong_type", "not_normalisable", "blocked", "pattern", "too_long")
_OF_PLATFORMS = "platform_not_normalisable"
_RULES = ("where", "audiences", "sample", "require")  # by which platforms leave profiles out
_FEW = 1_000  # records; of fewer the rate says nothing


def print_summary(manifest: dict[str, Any], log: Log) -> None:
    """Say what came in, what went out and what was left out; the numbers of a line add up."""
    parts = (_sources(manifest), _strategies(manifest), _platforms(manifest), _run(manifest))
    for lines in parts:
        log.lines(lines)
    for text in manifest.get("warnings", []):
        log.warn(text)


def _sources(manifest: dict[str, Any]) -> Iterator[str]:
    """What was read of each source, and what was missing there."""
    sources = manifest["sources"]
    total: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for name, counts in sources["records"].items():
        of_source = sources["quarantine"][name]
        yield f"source {name}: {_records(counts, of_source)}"
        if refused := sources["refused_values"][name]:
            yield f"  values left out, under every strategy: {_listed(refused)}"
        if unfit := sources["unfit_attribute_values"][name]:
            yield f"  attributes left out, outside the years 1 to 9999: {_listed(unfit)}"
        for told in sources["warnings"].get(name, ()):
            yield f"  warning: {warning_text(name, told)}"
        for told in sources["keys_in_other_case"].get(name, ()):
            yield f"  warning: source {name}: {other_case_text(*told.values())}"
        for column, keys in sources["columns_no_record_has"].get(name, {}).items():
            yield f"  warning: source {name}: no record has `{column}` ({', '.join(keys)})"
        _add(total, counts)
        _add(reasons, of_source)
    if len(sources["records"]) > 1:
        yield f"all sources: {_records(total, reasons)}"


def _add(total: dict[str, int], counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        total[name] = total.get(name, 0) + count


def _records(counts: Mapping[str, int], reasons: Mapping[str, int]) -> str:
    """How the records of a source break down."""
    said = [f"{counts['read'] - counts['outside']:,} read"]
    if counts["outside"]:
        said.append(f"{counts['outside']:,} outside the time bounds")
    if filtered := counts.get("filtered", 0):
        said.append(f"{filtered:,} filtered by `where`")
    if counts["quarantined"]:
        said.append(f"{counts['quarantined']:,} quarantined ({_listed(reasons)})")
    total = counts["read"] + counts.get("filtered", 0) + counts["quarantined"]
    return f"{number(total, 'record')}: {', '.join(said)}"


def _strategies(manifest: dict[str, Any]) -> Iterator[str]:
    """What became of the records that were read, a strategy after the other."""
    for name, facts in manifest["strategies"].items():
        counts = facts["counts"]
        said = number(counts["profiles"], "profile")
        if counts["profiles"]:
            largest = number(counts["largest_profile"], "identity", "identities")
            said += f", the largest has {largest}"
        yield f"strategy {name}: {said}"
        if churn := facts.get("churn"):
            yield f"  {_churn(churn)}"
        if (risky := risky_profiles(facts)) is not None and risky.part:
            yield f"  {_risks(risky, counts['risks'])}"
        if decisions := facts.get("decisions"):
            yield f"  decisions of people: {_listed(decisions)}"
        for group, of in facts.get("groups", {}).items():
            yield f"  groups {group}: {_groups(of, counts['profiles'])}"
        yield f"  {_statuses(counts['records'])}"
        told = (*_WHEN_READ, _OF_PLATFORMS)
        drops = {rule: n for rule, n in counts["drops"].items() if rule not in told}
        if drops:
            yield f"  values left out: {_listed(drops)}"


def _churn(churn: Mapping[str, int]) -> str:
    """What became of the ids of the base."""
    ended = _listed({key: churn[key] for key in ENDED_IDS if churn[key]})
    new = _listed({key: churn[key] for key in NEW_IDS if churn[key]})
    said = f"{number(churn['live_in_base'], 'id')} in the base: {churn['kept']:,} kept"
    said += f", {ended}" * bool(ended) + f"; new ids: {new or 'none'}"
    if "records_in_both" in churn:
        said += (
            f"; {churn['moved_records']:,} of {number(churn['records_in_both'], 'record')} moved"
        )
    return said


def _risks(risky: Share, risks: Mapping[str, int]) -> str:
    """How many profiles a reader should look at, and why."""
    kinds = _listed({kind: n for kind, n in risks.items() if kind != "profiles" and n})
    why = f": {kinds}" if kinds else ""
    return f"{number(risky.part, 'profile')} to look at ({risky.value:.2%}){why}"


def _groups(of: Mapping[str, int], profiles: int) -> str:
    """Groups of one kind, and what was left out of them; every profile is told once."""
    said = f"{number(of['groups'], 'group')} of {number(of['profiles'], 'profile')}"
    if of["too_large"]:
        said += f"; {of['too_large']:,} left out as too large, of "
        said += number(of["profiles_in_too_large"], "profile")
    if without := profiles - of["profiles"] - of["profiles_in_too_large"]:
        said += f"; {number(without, 'profile')} without a value"
    if of["values_not_castable"]:
        said += f"; {number(of['values_not_castable'], 'value')} not true or false"
    if of["sums_too_large"]:
        said += f"; {number(of['sums_too_large'], 'sum')} too large for 64 bits"
    return said


def _statuses(records: Mapping[str, Any]) -> str:
    """How the records of all sources break down by status, and each status by reason."""
    by_status: dict[str, dict[str, int]] = {}
    for of_source in records.values():
        for status, reasons in of_source.items():
            _add(by_status.setdefault(status, {}), reasons)
    said = []
    for status in texts(Status):
        reasons = {reason: n for reason, n in by_status.get(status, {}).items() if n}
        why = f" ({_listed(reasons)})" if set(reasons) - {NO_REASON} else ""
        if reasons:
            said.append(f"{sum(reasons.values()):,} {status}{why}")
    total = sum(sum(reasons.values()) for reasons in by_status.values())
    return ": ".join([number(total, "record"), *([", ".join(said)] if said else [])])


def _platforms(manifest: dict[str, Any]) -> Iterator[str]:
    """Rows of each platform, and what it could not have."""
    for table in (table for table in manifest["tables"] if table["table"] == "platforms"):
        name, strategy = table["name"], table["strategy"]
        counts = manifest["strategies"][strategy]["counts"]["platforms"].get(name, {})
        said = [number(table["rows"], "row")]
        if left_out := counts.get("left_out"):
            why = _listed({rule: counts[rule] for rule in _RULES if counts.get(rule)})
            said.append(f"{number(left_out, 'profile')} left out ({why})")
        if refused := counts.get("not_normalisable"):
            said.append(f"{number(refused, 'value')} not normalisable")
        yield f"platform {name}, of strategy {strategy}: {', '.join(said)}"


def _run(manifest: dict[str, Any]) -> Iterator[str]:
    """How much work it was."""
    metrics = manifest["metrics"]
    if metrics:  # not every runner has them
        largest = number(
            metrics.get("largest_component", 0), "linked identity", "linked identities"
        )
        batches = number(metrics.get("batches", 0), "batch", "batches")
        shuffled = f"{_bytes(metrics.get('bytes_shuffled', 0))} shuffled"
        yield f"{batches}, {shuffled}, the largest component has {largest}"
    if compiled():
        yield "kernels were compiled (once after an install, up to a minute); later runs are faster"
    sources = manifest["sources"]["records"].values()
    total = sum(counts["read"] + counts["quarantined"] for counts in sources)
    seconds = _seconds(manifest)
    rate = f" ({total / max(seconds, 0.001):,.0f} a second)" if total >= _FEW else ""
    yield f"{number(total, 'record')} in {seconds:.1f} s{rate}"


def _listed(counts: Mapping[str, int]) -> str:
    """Counts by name, the most first."""
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name}" for name, count in largest)


def _seconds(manifest: dict[str, Any]) -> float:
    began, ended = (
        datetime.datetime.fromisoformat(manifest[key]) for key in ("started_at", "ended_at")
    )
    return (ended - began).total_seconds()


def _bytes(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.1f} MB"


def as_json(
    folder: str,
    manifest: dict[str, Any],
    *,
    new: bool,
    current: bool,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """The summary for programs: the manifest's counts, and what this launch did."""
    told = ("run_id", "started_at", "ended_at", "as_of", "base", "sources", "strategies", "tables")
    return {
        "folder": folder,
        "published": new,
        "current": current,
        **{key: manifest[key] for key in told},
        "warnings": list(warnings),
    }
