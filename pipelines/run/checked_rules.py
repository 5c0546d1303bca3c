"""The rules of attributes, once all that is made of attributes was checked against their types."""

from collections.abc import Sequence

from idweave.pipelines.run.attributes import attribute_rules
from idweave.pipelines.run.conditions import check_types
from idweave.pipelines.run.groups import check_sums
from idweave.pipelines.run.layouts import Layout
from idweave.pipelines.settings import Settings
from idweave.transforms.columnar.attributes.rules import AttributeRule


def checked_rules(settings: Settings, layouts: Sequence[Layout]) -> tuple[AttributeRule, ...]:
    """The rule of each attribute that profiles have, by name.

    Raises:
        WrongUsage: a rule, a condition or a group can't be made of values of the files' types.
    """
    rules = attribute_rules(settings, layouts)
    check_types(settings, rules)
    check_sums(settings, rules)
    return rules
