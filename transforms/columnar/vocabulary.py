"""The words that outputs use: requests, statuses, reasons, rules; each with its code and meaning.

Arrays hold the codes, tables the names. A new word goes to the end of its class: rows that are
sorted by a code keep their order. docs/outputs.md lists what stands here.
"""

from enum import IntEnum


class Word(IntEnum):
    """A name with a code; the text that tables hold is `text`, what it means is `meaning`."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Word":
        word = int.__new__(cls, code)
        word._value_ = code
        word.meaning = meaning
        return word

    @property
    def text(self) -> str:
        """The name as tables hold it; of NONE it is empty, and tables hold null."""
        return "" if self.name == "NONE" else self.name.lower()


class Request(Word):
    """What a record asks for."""

    IDENTIFY = 0, "says who it is"
    LOGIN = 1, "signs in"
    LOGOUT = 2, "signs out"
    SEARCH = 3, "asks for a profile and changes none"
    MODIFY = 4, "changes the identities of a profile"
    FEED = 5, "brings data from elsewhere, as a CRM does"


class Status(Word):
    """What became of a record under a strategy."""

    ASSIGNED = 0, "it has a profile"
    UNASSIGNED = 1, "it has none"
    REFUSED = 2, "it took part in nothing"
    DUPLICATE = 3, "its record id was seen before; it has the profile of the record that counts"
    SUPPRESSED = 4, "a request of privacy erased it: a hash of its id, and nothing else, is told"


class Reason(Word):
    """Why a record has its status."""

    NONE = 0, ""
    UNKNOWN_WORKSPACE = 1, "its workspace is in no scope"
    TOO_MANY_IDENTITIES = 2, "it has more than `max_identities_per_record`"
    NO_IDENTITY = 3, "no identity that links was left"
    REQUEST_NOT_USED = 4, "`search` and `modify` mean nothing to the policy"
    TWO_VALUES_OF_UNIQUE_TYPE = 5, "it has two values of a type of which a profile has one"
    UPDATE_ONLY = 6, "no profile was there, and its source creates none"
    NOT_FOUND = 7, "no profile was there to be found or changed"
    LOGIN_WITHOUT_LOGIN_ID = 8, "a `login` without a value of a login type"
    ALL_IDENTITIES_TAKEN = 9, "other profiles hold all that it has"
    VALUE_REFUSED = 10, "a value of its changes failed its tests"
    IMMUTABLE = 11, "it would have changed an immutable identity"
    OLD_VALUE_NOT_HELD = 12, "the profile lacks what was to be replaced"
    UNIQUE_TYPE_FILLED = 13, "the profile has another value of a unique type"
    SOURCE_NOT_USED = 14, "the strategy's `sources` leave its source out"
    APART = 15, "it would have brought together what people decided is apart"


class Rule(Word):
    """Why a value, a request or a linkage was left out."""

    NONE = 0, ""
    WRONG_TYPE = 1, "a boolean, a float that is not whole, a list or a struct"
    NOT_NORMALISABLE = 2, "its type's normalisers can't take it"
    BLOCKED = 3, "junk that many share, or a blocked value"
    PATTERN = 4, "it doesn't match its type's `pattern`"
    TOO_LONG = 5, "it is longer than its type's `max_length`"
    HUB = 6, "it links too many of another type"
    LOGIN_ID_ON_LOGOUT = 7, "a `logout` ignores login values"
    UNIQUE_VALUE_TAKEN = 8, "another profile holds this value of a unique type"
    UNIQUE_TYPE_FILLED = 9, "the profile has another value of this unique type"
    MOVED = 10, "a `modify` took it from this profile"
    NOT_LINKED = 11, "a `modify` named a type that is not linked"
    DEMOTED = 12, "the record's weakest identity, which did not fit"
    PROFILE_FULL = 13, "the profile holds `max_profile_values`"
    CONTESTED = 14, "several profiles claim it"
    PLATFORM_NOT_NORMALISABLE = 15, "the platform's normaliser can't take it"
    UNIQUE = 16, "of a linkage: the profile would have two values of a unique type"
    MAX_VALUES = 17, "of a linkage: the profile would have too many values of a type"
    EXCLUSIVE = 18, "of a linkage: the profile would have two of exclusive types"
    MAX_PROFILE_VALUES = 19, "of a linkage: the profile would have too many values"
    APART = 20, "people decided that it is apart from an identity of the record or of the profile"
    ATTRIBUTE_NOT_CASTABLE = 21, "its attribute's `type` can't take it; `detail` is the attribute"


class QuarantineReason(Word):
    """Why a record could not be read."""

    BAD_FILE = 0, "the whole file can't be opened; the row stands for all of it"
    NOT_UTF8 = 1, "its bytes are not UTF-8"
    LINE_TOO_LONG = 2, "its line is too long"
    TOO_DEEP = 3, "its JSON is nested too deep"
    NOT_JSON = 4, "it is not JSON"
    NOT_AN_OBJECT = 5, "it is JSON, but no object"
    WRONG_COLUMN_COUNT = 6, "it has more or fewer cells than the header, or a quote stays open"
    NO_RECORD_ID = 7, "its record id is null or empty"
    UNREADABLE_TIME = 8, "its time can't be read"
    UNKNOWN_REQUEST = 9, "its request is none of the known ones"
    UNREADABLE_CHANGES = 10, "its changes can't be read"
    MALFORMED_QUOTES = 11, "text stands behind a quote that closes a cell"


class LinkageStatus(Word):
    """What the policy did with a linkage."""

    KEPT = 0, "its identities are in one profile because of it"
    DROPPED = 1, "it would have broken a limit"


class Risk(Word):
    """Why a reader should look at a profile."""

    MANY_IDENTITIES = 0, "it has many linked identities"
    MANY_VALUES = 1, "it has many values of a type"
    WEAK_BRIDGE = 2, "without a linkage that one record alone showed, it would be two"
    BUSY_IDENTITY = 3, "one identity carries more than half of its linkages"
    DROPPED_LINKAGES = 4, "linkages of its identities were dropped"


class Outcome(Word):
    """What became of a decision."""

    HOLDS = 0, "together: one profile holds both at the end; apart: none does"
    OVERRULED = 1, "it does not hold, as a limit was stronger, say"
    NO_EFFECT = 2, "no record carries one of its identities, or its type is not linked"


class PrivacyRequest(Word):
    """What a person asks for."""

    ACCESS = 0, "what is known of them"
    PORTABILITY = 1, "the same, to take it elsewhere"
    ERASURE = 2, "that they are erased, and stay so"
    LIFT = 3, "that the identities of an earlier erasure count again"


class RequestStatus(Word):
    """What became of a request of a person."""

    PENDING = 0, "there is nothing yet to resolve it against"
    INVALID = 1, "it is faulty: see its reason"
    AMBIGUOUS = 2, "several profiles of a scope fit; nothing was done"
    NOT_FOUND = 3, "no profile fits; of an erasure its identities are suppressed all the same"
    CANCELLED = 4, "it was taken back"
    COMPLETED = 5, "it is done"


class RequestReason(Word):
    """Why a request of a person has its status."""

    NONE = 0, ""
    NOT_JSON = 1, "its line is no JSON object"
    NO_REQUEST_ID = 2, "it has no `request_id`"
    UNKNOWN_TYPE = 3, "its `type` is missing, or none of the known ones"
    NO_TIME = 4, "its `submitted_at` is missing or no time, or its `cancelled_at` is none"
    SUBMITTED_LATER = 5, "it was submitted after the moment of the run"
    FAULTY_IDENTITIES = 6, "its `identities` are not a list of types with values"
    NO_PROOF = 7, "it has no identity, which passes its tests, of a type in `privacy.by`"
    NO_LIFTS = 8, "a `lift` names no request in `lifts`"
    TWICE = 9, "other lines with its id say something else"
    NO_BASE = 10, "the run has no base"
    BASE_LACKS_TABLES = 11, "the base lacks the strategy, or tables that requests need"
    SEVERAL_PROFILES = 12, "several profiles of one scope hold its identities"
    NO_EXPORTS = 13, "the configuration has no `privacy.exports`"


def texts(words: type[Word]) -> tuple[str, ...]:
    """All names of a class by their codes."""
    return tuple(word.text for word in words)
