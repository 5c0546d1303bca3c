"""Writes what `profile` found as a page to read; values of people are masked unless asked for."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from idweave.pipelines.errors import escaped
from idweave.pipelines.published.mask import masked
from idweave.pipelines.wording import moment, number, span

_PROFILE_ID = re.compile("[0-9a-fA-F]{32}")
_SHOWN = 30  # identities of a profile that the page names; --json has all
Row = Mapping[str, Any]


def page(answer: Row, show_values: bool) -> str:
    """All profiles, a paragraph each."""
    write = _Writer(show_values)
    lines = [f"strategy {answer['strategy']}, run {answer['run_id']}", *_asked(answer, write)]
    for profile in answer["profiles"]:
        lines += ["", *write.profile(profile)]
    shown = len(answer["profiles"])
    if shown < answer["profiles_in_all"]:
        lines += ["", f"the first {shown} of {answer['profiles_in_all']:,} profiles, by their ids"]
    return "\n".join(lines)


def _asked(answer: Row, write: "_Writer") -> Iterator[str]:
    asked, of_id = str(answer["asked"]), answer["id"]
    type_, _, value = asked.partition(":")
    is_id = type_ == "id" and (of_id is not None or _PROFILE_ID.fullmatch(value) is not None)
    if not is_id:
        asked = f"{type_}:{write.value(value)}"
    if of_id is None:
        count = answer["profiles_in_all"]
        held = "1 profile" if count == 1 else f"{count:,} profiles"
        yield f"{escaped(asked)} is held by {held}" if count else f"{escaped(asked)}: not_found"
        return
    if of_id["status"] == "live":
        yield f"{asked} is a live id"
    elif of_id["current_id"]:
        yield (f"{asked} was merged in run {of_id['ended_run']} ({moment(of_id['ended_at'])}); "
               f"what follows it is id:{of_id['current_id']}")  # fmt: skip
    else:
        yield (f"{asked}: not_found; it is {of_id['status']} since run {of_id['ended_run']} "
               f"({moment(of_id['ended_at'])})")  # fmt: skip


class _Writer:
    """Lines of a profile."""

    def __init__(self, show_values: bool) -> None:
        self._show = show_values

    def value(self, value: object) -> str:
        """A value that may be personal."""
        if value is None:
            return "none"
        if isinstance(value, list):
            return f"[{', '.join(map(self.value, value))}]"
        text = moment(value) if isinstance(value, datetime.date) else str(value)
        return escaped(text) if self._show else masked(text)

    def profile(self, of: Row) -> Iterator[str]:
        """One profile."""
        yield f"profile {of['profile_id']} in scope {of['scope']}"
        yield f"  {_facts(of)}"
        yield from self._identities(of["identities"])
        if of["attributes"]:
            yield "  attributes"
            yield from (self._attribute(name, row) for name, row in of["attributes"].items())
        for name, row in of["audiences"].items():
            yield f"  audience {name}, member since {moment(row.get('member_since'))}"
        for name, row in of["groups"].items():
            yield f"  group {name}: {self._row(row)}"
        for row in of["aliases"]:
            lasts = span(row["from_time"], row["to_time"])
            yield f"  alias {row['alias_id']} of {row['profile_id']}, {lasts}"
        for name, row in of["platforms"].items():
            yield f"  platform {name}: {self._row(row)}"
        for row in of["past_ids"]:
            ended = f"{row['ended_run']} ({moment(row['ended_at'])})"
            yield f"  past id {row['profile_id']}, merged in run {ended}"

    def _identities(self, rows: list[Row]) -> Iterator[str]:
        yield f"  identities: {len(rows):,}"
        for row in rows[:_SHOWN]:
            linked = "" if row["linked"] else ", not linked"
            name = f"{row['identity_type']}:{self.value(row['identity_value'])}"
            yield (f"    {name}  {number(row['record_count'], 'record')}, "
                   f"{span(row['first_seen'], row['last_seen'])}{linked}")  # fmt: skip
        if len(rows) > _SHOWN:
            yield f"    and {len(rows) - _SHOWN:,} more (--json has all)"

    def _attribute(self, name: str, row: Row) -> str:
        text = f"    {name}: {self.value(row['value'])}"
        if "rule" in row:
            text += f"  ({row['rule']} of {row['candidates']:,}"
            if row["source"] is not None:
                record = f"{row['source']} {self.value(row['record_id'])}"
                text += f", from {record}, {moment(row['event_time'])}"
            text += ")"
        return text

    def _row(self, row: Row) -> str:
        plain = ("group_id", "profile_count", "audiences")
        return ", ".join(
            f"{key} {_listed(value) if key in plain else self.value(value)}"
            for key, value in row.items()
        )


def _listed(value: object) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def _facts(of: Row) -> str:
    if "record_count" not in of:
        return "the run has no table profiles"
    flags = [name for name in ("known", "orphaned") if of[name]]
    parts = [number(of["record_count"], "record"), span(of["first_seen"], of["last_seen"]), *flags]
    if of["linked_from"]:
        parts.append(f"linked from {of['linked_from']}")
    return ", ".join(parts)
