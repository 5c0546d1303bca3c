"""The words of the outputs have codes that arrays can hold and texts that tables show."""

import pytest

from idweave.transforms.columnar.vocabulary import (
    LinkageStatus,
    QuarantineReason,
    Reason,
    Request,
    Rule,
    Status,
    Word,
    texts,
)

CLASSES = [Request, Status, Reason, Rule, QuarantineReason, LinkageStatus]


@pytest.mark.parametrize("words", CLASSES)
def test_codes_are_places_and_texts_are_distinct(words: type[Word]) -> None:
    assert [int(word) for word in words] == list(range(len(words)))
    assert len(words) <= 127  # they fit into int8
    assert len(set(texts(words))) == len(words)
    assert all(word.meaning for word in words if word.text)


def test_texts_are_what_tables_hold() -> None:
    assert texts(Status) == ("assigned", "unassigned", "refused", "duplicate", "suppressed")
    assert Rule.NOT_NORMALISABLE.text == "not_normalisable"
    assert Reason.NONE.text == ""
    assert Rule(6) is Rule.HUB
