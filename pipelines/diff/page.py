"""Writes what `diff` found as a page to read, and for programs."""

from collections.abc import Iterator, Sequence

from idweave.pipelines.diff.compare import KINDS, Comparison
from idweave.pipelines.diff.examples import Example, Profile
from idweave.pipelines.diff.read import OneSided
from idweave.pipelines.wording import number

_PROFILES = 4  # of the other side that the page names; --json has more
_MEANINGS = {
    "same": "the same records on both sides",
    "merged": "right profiles that are the union of several left ones",
    "split": "left profiles that are the union of several right ones",
    "mixed": "the rest",
}


def page(
    names: tuple[str, str],
    found: Comparison,
    one_sided: OneSided,
    examples: dict[str, list[Example]],
) -> str:
    """What was found; `names` are those of left and right."""
    lines = [f"left   {names[0]}", f"right  {names[1]}",
             f"{found.records:,} records have a profile on both sides; on one side only: "
             f"{one_sided.left:,} left, {one_sided.right:,} right", ""]  # fmt: skip
    lines += _table(found)
    lines += ["", f"records whose profile is not the same: {_share(found)}"]
    lines += _pairs(found)
    for kind in KINDS:
        lines += _examples(kind, examples[kind])
    return "\n".join(lines)


def _table(found: Comparison) -> Iterator[str]:
    yield f"{'profiles':8}{'left':>14}{'right':>14}{'records':>16}"
    for kind in KINDS:
        of = found.kinds[kind]
        yield f"{kind:8}{of.left:14,}{of.right:14,}{of.records:16,}  {_MEANINGS[kind]}"


def _share(found: Comparison) -> str:
    share = found.moved_records / found.records if found.records else 0.0
    return f"{found.moved_records:,} ({share:.2%})"


def _pairs(found: Comparison) -> Iterator[str]:
    yield (
        f"pairs of records together: {found.pairs_both:,} on both sides, "
        f"{found.pairs_left_only:,} left only, {found.pairs_right_only:,} right only"
    )
    if found.agreement is not None:
        yield f"left and right agree on {found.agreement:.4%} of the pairs together on either"


def _examples(kind: str, examples: Sequence[Example]) -> Iterator[str]:
    if not examples:
        return
    yield from ("", f"largest {kind}:")
    for example in examples:
        yield f"  {example.about} {_profile(example.profile)}"
        other = "left" if example.about == "right" else "right"
        if kind == "same":
            continue
        for met in example.others[:_PROFILES]:
            yield f"    {other} {_profile(met)}"
        if more := example.other_profiles - len(example.others[:_PROFILES]):
            yield f"    and {more:,} more"


def _profile(profile: Profile) -> str:
    records = number(profile.records, "record")
    if profile.shared_records != profile.records:
        records = f"{profile.shared_records:,} of its {records}"
    return f"{profile.profile_id}  {records}  {' '.join(profile.identities)}".rstrip()


def as_json(
    names: tuple[str, str],
    found: Comparison,
    one_sided: OneSided,
    examples: dict[str, list[Example]],
) -> dict[str, object]:
    """What was found, for programs; numbers are exact."""
    return {
        "left": names[0],
        "right": names[1],
        "records": found.records,
        "profiles": {kind: found.kinds[kind]._asdict() for kind in KINDS},
        "pairs": {
            "both": found.pairs_both,
            "left_only": found.pairs_left_only,
            "right_only": found.pairs_right_only,
        },
        "agreement": found.agreement,
        "moved_records": found.moved_records,
        "records_left_only": one_sided.left,
        "records_right_only": one_sided.right,
        "examples": {kind: [_as_json(of) for of in examples[kind]] for kind in KINDS},
    }


def _as_json(example: Example) -> dict[str, object]:
    other = "left" if example.about == "right" else "right"
    return {
        example.about: [example.profile._asdict()],
        other: [profile._asdict() for profile in example.others],
        f"{example.about}_profiles": 1,
        f"{other}_profiles": example.other_profiles,
    }
