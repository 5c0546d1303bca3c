"""Groups of profiles as the workers have them, their types checked."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.attributes.rules import FLAGS, NUMBERS, AttributeRule
from idweave.transforms.tables.plans import GroupPlan

GROUP_TABLES = {"groups", "group_attributes"}


def check_sums(settings: Settings, rules: Sequence[AttributeRule]) -> None:
    """Check that groups add up numbers.

    Raises:
        WrongUsage: a line for each sum of something else: only the files tell the types.
    """
    if wrong := list(_other_sums(settings, rules)):
        raise WrongUsage("\n".join(wrong))


def _other_sums(settings: Settings, rules: Sequence[AttributeRule]) -> Iterator[str]:
    columns = {rule.name: rule.column for rule in rules}
    for group, of in settings.groups.items():
        for name, rule in of.attributes.items():
            if rule == "sum" and columns[name] not in NUMBERS:
                key = f"groups.{group}.attributes.{name}"
                yield (
                    f"{settings.where(key)}{key}: sum of values that are {columns[name]}, no "
                    f"numbers; set attributes.{name}.type: int64 or double"
                )


def group_plans(
    settings: Settings, strategy: str, rules: Sequence[AttributeRule]
) -> tuple[GroupPlan, ...]:
    """The kinds of group of a strategy, if a table of them was asked for.

    Args:
        rules: of the attributes of profiles.
    """
    if not GROUP_TABLES & set(settings.tables):
        return ()
    types = list(settings.identities)
    return tuple(
        GroupPlan(
            name=name,
            type=types.index(of.by) if of.by in types else -1,
            attribute="" if of.by in types else of.by,
            max_size=of.max_size,
            rules=_rules(of.attributes, rules) if "group_attributes" in settings.tables else (),
        )
        for name, of in settings.groups.items()
        if of.strategy == strategy
    )


def _rules(asked: dict[str, str], rules: Sequence[AttributeRule]) -> tuple[AttributeRule, ...]:
    """How attributes of groups are made of those of profiles, which are texts by then."""
    kinds = {rule.name: rule.column for rule in rules}
    return tuple(
        AttributeRule(
            name=name,
            rule=rule,
            source=name,
            kind=pa.bool_() if rule in FLAGS else kinds[name],
            casts=rule in FLAGS,
        )
        for name, rule in asked.items()
    )
