"""What can stop a run, and the exit status that tells it."""


class RunFailed(Exception):
    """The run could not be done: exit 1, nothing published. One line for the user."""

    status = 1


class WrongUsage(Exception):
    """The command line or the configuration is wrong: exit 2."""

    status = 2


class CheckFailed(Exception):
    """A configured check doesn't hold: exit 3, nothing published."""

    status = 3
