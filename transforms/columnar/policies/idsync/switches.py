"""What the kernels of an `idsync` replay ask of the rules."""

from typing import NamedTuple

from idweave.transforms.columnar.policies.idsync.rules import IdSync


class Switches(NamedTuple):
    """Yes or no, for the whole replay."""

    logs_in: bool  # whether there are login types
    new_login_creates: bool
    says_linked: bool  # a profile that a new login creates names the one it would have been
    returns_anonymous: bool  # a log-out
    search_needs_immutable: bool


def switches_of(rules: IdSync) -> Switches:
    """The rules as switches."""
    return Switches(
        logs_in=len(rules.login) > 0,
        new_login_creates=rules.on_new_login != "add",
        says_linked=rules.on_new_login == "create_linked",
        returns_anonymous=rules.on_logout == "return_anonymous",
        search_needs_immutable=rules.search_requires_immutable,
    )
