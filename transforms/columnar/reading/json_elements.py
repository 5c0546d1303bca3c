"""Cuts a JSON file into its objects: one after the other or in an array, on lines or over several.

Only brackets and strings are looked at; what an element says is parsed later. An object that is
not closed ends where the next one shows: where `{` can't stand, or, after a line end in a string,
at the next `{` that begins a line and is not indented deeper.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from idweave.transforms.columnar.arrays.compile import lean
from idweave.transforms.columnar.reading.read_rows import LONGEST_LINE

_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 123, 125, 91, 93
_QUOTE, _BACKSLASH, _LF, _COMMA, _COLON = 34, 92, 10, 44, 58
# what is known at a byte; places in an array of int64
START, LEVEL, IN_LIST, IN_STRING, ESCAPED, BEFORE, INDENT, ELEMENT_INDENT, SKIPPING = range(9)
_NOTHING, _BEGINS, _ENDS_HERE, _ENDS_BEFORE = range(4)  # what a byte does to an element
_DEEPEST = 256  # levels of which it is known what they are
_MOST = 2**16  # elements cut at once


def elements(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Cut a file, given in pieces, into elements: objects, and what stands in their place.

    Of one that is longer than 16 MiB the first 16 MiB and a byte are kept. A list that is not
    closed gives a last element that is no JSON.
    """
    state = np.zeros(9, np.int64)
    state[START] = -1
    levels = np.ones(_DEEPEST, np.uint8)  # of each level whether it is an object
    spans = np.empty((_MOST, 2), np.int64)
    rest = b""
    for piece in pieces:
        data, at = rest + piece, len(rest)
        text = np.frombuffer(data, np.uint8)
        while at < len(data):
            count, at = _cut(text, at, state, levels, spans)
            yield [data[begin:end] for begin, end in spans[:count].tolist()]
        rest = data[state[START] :][: LONGEST_LINE + 1] if state[START] >= 0 else b""
        state[START] = min(state[START], 0)
    if rest or state[IN_LIST]:
        yield [rest or b"["]


@lean
def _cut(data, at, state, levels, spans):  # type: ignore[no-untyped-def]
    """Go on until the text or the room for elements ends; say how many there are, and where."""
    count = 0
    while at < len(data) and count < len(spans):
        byte = data[at]
        if state[SKIPPING]:
            does = _skip(byte, state)
        elif state[LEVEL]:
            does = _inside(byte, state, levels)
        else:
            does = _between(byte, state)
        if does >= _ENDS_HERE:
            spans[count, 0], spans[count, 1] = state[START], at + (does == _ENDS_HERE)
            count += 1
            state[START] = -1
            if does == _ENDS_BEFORE:
                does = _between(byte, state)
        if does == _BEGINS:
            state[START] = at
        if not state[LEVEL]:
            _indent(byte, state)
        at += 1
    return count, at


@lean
def _is_blank(byte):  # type: ignore[no-untyped-def]
    return byte in (32, 9, 10, 13)


@lean
def _indent(byte, state):  # type: ignore[no-untyped-def]
    """How far a line is indented so far, or -1 behind what is no indentation."""
    if byte == _LF:
        state[INDENT] = 0
    elif state[INDENT] >= 0 and (_is_blank(byte) or byte in (_COMMA, _OPEN_LIST)):
        state[INDENT] += 1
    else:
        state[INDENT] = -1


@lean
def _between(byte, state):  # type: ignore[no-untyped-def]
    """A byte outside objects, or of what stands in place of one."""
    if state[START] >= 0:
        of_list = state[IN_LIST] and byte in (_COMMA, _CLOSE_LIST)
        return _ENDS_BEFORE if byte in (_LF, _OPEN) or of_list else _NOTHING
    if byte == _OPEN:
        state[LEVEL], state[BEFORE] = 1, _OPEN
        state[ELEMENT_INDENT] = max(state[INDENT], state[ELEMENT_INDENT])
        return _BEGINS
    if byte == _OPEN_LIST and not state[IN_LIST]:
        state[IN_LIST] = 1
    elif byte == _CLOSE_LIST and state[IN_LIST]:
        state[IN_LIST] = 0
    elif not _is_blank(byte) and byte != _COMMA:
        return _BEGINS
    return _NOTHING


@lean
def _inside(byte, state, levels):  # type: ignore[no-untyped-def]
    """A byte of an object. One that is not closed ends before what can only be the next one."""
    level = state[LEVEL]
    if state[IN_STRING]:
        if byte == _LF:
            state[SKIPPING], state[INDENT], state[IN_STRING], state[LEVEL] = 1, 0, 0, 0
        elif state[ESCAPED]:
            state[ESCAPED] = 0
        elif byte == _BACKSLASH:
            state[ESCAPED] = 1
        elif byte == _QUOTE:
            state[IN_STRING] = 0
        return _NOTHING
    if _is_blank(byte):
        return _NOTHING
    if byte == _QUOTE:
        state[IN_STRING], state[ESCAPED] = 1, 0
    elif byte in (_OPEN, _OPEN_LIST):
        if byte == _OPEN and level <= len(levels) and not _may_open(levels[level - 1], state):
            state[LEVEL] = 0
            return _ENDS_BEFORE
        if level < len(levels):
            levels[level] = byte == _OPEN
        state[LEVEL] += 1
    elif byte in (_CLOSE, _CLOSE_LIST):
        state[LEVEL] = _level_below(byte, level, levels)
        if not state[LEVEL]:
            return _ENDS_HERE if byte == _CLOSE else _ENDS_BEFORE
    state[BEFORE] = byte
    return _NOTHING


@lean
def _level_below(byte, level, levels):  # type: ignore[no-untyped-def]
    """The level after a closing bracket, which closes what is still open in its kind, too."""
    while 0 < level <= len(levels) and levels[level - 1] != (byte == _CLOSE):
        level -= 1
    return max(level - 1, 0)


@lean
def _may_open(in_object, state):  # type: ignore[no-untyped-def]
    """Whether an object can stand behind the byte before it."""
    if in_object:
        return state[BEFORE] == _COLON
    return state[BEFORE] in (_OPEN_LIST, _COMMA)


@lean
def _skip(byte, state):  # type: ignore[no-untyped-def]
    """A byte behind a broken string, up to the next object or the end of the list."""
    outer = 0 <= state[INDENT] <= state[ELEMENT_INDENT]
    if outer and (byte == _OPEN or (byte == _CLOSE_LIST and state[IN_LIST])):
        state[SKIPPING] = 0
        return _ENDS_BEFORE
    return _NOTHING
