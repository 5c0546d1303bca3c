"""The words of vocabulary.py as plain integers and tables of names, for kernels and arrays."""

from idweave.transforms.columnar.vocabulary import Reason, Request, Rule, Status, texts

REQUESTS, STATUSES = texts(Request), texts(Status)
REASONS, RULES = texts(Reason), texts(Rule)
IDENTIFY, LOGIN, LOGOUT, SEARCH, MODIFY, FEED = map(int, Request)
ASSIGNED, UNASSIGNED, REFUSED, DUPLICATE = (
    int(status) for status in (Status.ASSIGNED, Status.UNASSIGNED, Status.REFUSED, Status.DUPLICATE)
)
REASON = {word.text: int(word) for word in Reason}
RULE = {word.text: int(word) for word in Rule}

NO_VALUE = -1  # a change's old or new value is null or empty
BAD_VALUE = -2  # a change's value that fails its normaliser or tests
