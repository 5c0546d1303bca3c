"""The command `profile`: everything that a published run says of one person."""

import argparse
import datetime
import json

from idweave.pipelines.cli.standard_output import say
from idweave.pipelines.profile.read import Found, Lookup
from idweave.pipelines.profile.wording import page
from idweave.pipelines.published.database import connect
from idweave.pipelines.published.identity import Identity, normalised, parse_identity
from idweave.pipelines.published.run_tables import RunTables, find_run

_ID = "id:"  # before the id of a profile


def profile(known: argparse.Namespace) -> int:
    """Answer on standard output; the exit status is 0 whatever the answer is."""
    run = find_run(known.folder, known.run_id)
    strategy = run.strategy(known.strategy)
    run.check_scope(strategy, known.scope)
    with run.reading(), connect() as opened:
        lookup = Lookup(opened, run, strategy)
        found = find(lookup, run, known.asked, known.scope)
        profiles = lookup.described(found)
    answer = {
        "run_id": run.run_id,
        "strategy": strategy,
        "asked": known.asked,
        "status": "found" if profiles else "not_found",
        "id": found.id,
        "profiles_in_all": found.in_all,
        "profiles": profiles,
    }
    if known.json:
        say(json.dumps(answer, indent=2, default=plain, ensure_ascii=False))
    else:
        say(page(answer, known.show_values))
    return 0


def find(lookup: Lookup, run: RunTables, asked: str, scope: str | None) -> Found:
    """Whom TYPE:VALUE or id:PROFILE_ID means; a value as typed, else as its type writes it.

    Where an identity type is called `id` and no profile has the id, it is a value of that type.

    Raises:
        WrongUsage: neither of both, no such type, or a run without `identities`.
    """
    types = list(run.manifest["configuration"]["identities"])
    if asked.startswith(_ID):
        if not any(lookup.has(table) for table in ("ids", "profiles", "identities")):
            run.check_tables(["identities"], lookup.strategy, "profile")
        found = lookup.of_id(asked.removeprefix(_ID).strip().lower(), scope)
        if found.id is not None or _ID[:-1] not in types:
            return found
    identity = parse_identity(asked, types)
    run.check_tables(["identities"], lookup.strategy, "profile")
    written = normalised(identity, run.manifest["configuration"])
    spellings: list[Identity] = [identity]
    if written is not None and written != identity:
        spellings.append(written)
    return lookup.holders(spellings, scope)


def plain(value: object) -> str:
    """A value of a table as JSON has it."""
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
