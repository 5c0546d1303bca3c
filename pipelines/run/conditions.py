"""Conditions on profiles as the workers have them, their types checked."""

from decimal import Decimal

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.settings import Platform, Settings
from idweave.pipelines.settings.check_conditions import conditions_of
from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.columnar.conditions.evaluate import type_of
from idweave.transforms.columnar.conditions.read_condition import read_condition
from idweave.transforms.tables.condition_rows import condition_schema
from idweave.transforms.tables.plans import AudiencePlan


def check_types(settings: Settings, rules: tuple[AttributeRule, ...]) -> None:
    """Check that each condition is true or false for a profile, whatever is in its columns.

    Raises:
        WrongUsage: a line for each that is not; only the files tell the types of attributes.
    """
    wrong = []
    conditions = conditions_of(settings)
    rows = condition_schema(rules).empty_table() if conditions else None
    for key, text in conditions.items():
        kind, words = _type(rows, text)
        if kind != "BOOLEAN":
            said = words or f"is {kind.lower()}, neither true nor false; compare it, as in x = 'y'"
            wrong.append(f"{settings.where(key)}{key}: {' '.join(text.split())[:200]}: {said}")
    if wrong:
        raise WrongUsage("\n".join(wrong))


def _type(rows: object, text: str) -> tuple[str, str]:
    """The type of a condition, or why it has none."""
    import duckdb

    try:
        return type_of(rows, text), ""
    except duckdb.Error as error:
        return "", str(error).split("\n")[0].removeprefix("Binder Error: ")


def audience_plans(settings: Settings, strategy: str) -> tuple[AudiencePlan, ...]:
    """The audiences of a strategy."""
    return tuple(
        AudiencePlan(name, of.where)
        for name, of in settings.audiences.items()
        if of.strategy == strategy and _is_used(name, settings)
    )


def _is_used(audience: str, settings: Settings) -> bool:
    """Whether the audience is written, or a platform asks for it."""
    platforms = settings.platforms.values() if "platforms" in settings.tables else ()
    return "audiences" in settings.tables or any(audience in of.audiences for of in platforms)


def condition_columns(settings: Settings, strategy: str) -> tuple[str, ...]:
    """The columns that conditions on a strategy's profiles name."""
    texts = [of.where for of in settings.audiences.values() if of.strategy == strategy]
    platforms = [of for of in settings.platforms.values() if of.strategy == strategy]
    texts += [of.where for of in platforms if of.where is not None]
    return tuple(sorted({name for text in texts for name, _ in read_condition(text).columns}))


def sample_of(platform: Platform) -> int | None:
    """The number of 2**64 hashes that a platform's sample has."""
    return None if platform.sample is None else int(Decimal(platform.sample) * 2**64)
