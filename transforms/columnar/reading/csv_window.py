"""The part of a CSV file that is held at once, as UTF-8 whatever its encoding."""

import codecs
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from idweave.transforms.columnar.reading.csv_cells import Marks
from idweave.transforms.columnar.reading.read_stream import chunks
from idweave.transforms.columnar.reading.records import CsvForm

CHUNK = 2**20  # bytes
BOM = b"\xef\xbb\xbf"
_SEP = re.compile(rb'"?sep=([^"\r\n])"?(?:\r\n?|\n|\Z)', re.IGNORECASE)
_UNDECODED = "idweave.undecoded"


class Window:
    """The part of a file that is held: what was not yet read on begins at ``at``."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.data = b""
        self.at = 0
        self.ended = False
        self._pieces = pieces

    def fill(self, size: int) -> None:
        """Hold ``size`` more bytes, or all there are, and forget what is before ``at``."""
        parts, held = [self.data[self.at :]], 0
        while held < size and not self.ended:
            piece = next(self._pieces, b"")
            self.ended = not piece
            parts.append(piece)
            held += len(piece)
        self.data, self.at = b"".join(parts), 0

    def skip_line(self) -> tuple[bytes, int]:
        """Go behind the next line end; return the line's beginning and its length."""
        head, size = self.data[self.at : self.at + 2**13], 0
        while (end := self.data.find(b"\n", self.at)) < 0 and not self.ended:
            size += len(self.data) - self.at
            self.at = len(self.data)
            self.fill(CHUNK)
        end = end if end >= 0 else len(self.data)
        size += end - self.at
        self.at = min(end + 1, len(self.data))
        return head[:size], size


def open_csv(form: CsvForm, path: str, open_file: Callable[[], BinaryIO]) -> tuple[Window, Marks]:
    """Hold the beginning of a file, behind a line `sep=;`, which tells Excel the delimiter.

    What the source says of its delimiter goes before that line. Raises BadFile.
    """
    window, marks = _window_of(form, path, open_file), _marks_of(form, path)
    if found := _SEP.match(window.data, window.at):
        window.at = found.end()
        marks = marks if form.delimiter else marks._replace(delimiter=found[1][0])
    return window, marks


def _window_of(form: CsvForm, path: str, open_file: Callable[[], BinaryIO]) -> Window:
    """Hold the beginning of a file. Raises BadFile."""
    pieces = chunks(path, open_file, CHUNK)
    window = Window(pieces if form.encoding == "utf-8" else _as_utf8(pieces, form.encoding))
    window.fill(CHUNK)
    window.at = len(BOM) if window.data.startswith(BOM) else 0
    return window


def _marks_of(form: CsvForm, path: str) -> Marks:
    """The characters with a meaning in a file."""
    suffixes = os.path.basename(path).lower().split(".")[-2:]
    delimiter = form.delimiter or ("\t" if "tsv" in suffixes else ",")
    return Marks(ord(delimiter), ord("\\") if form.backslash else -1)


def _as_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8; bytes that are none in the encoding are none in UTF-8 either."""
    decoder = codecs.getincrementaldecoder(encoding)(_UNDECODED)
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text.encode("utf-8", "surrogateescape")
    if text := decoder.decode(b"", True):
        yield text.encode("utf-8", "surrogateescape")


def _undecoded(error: UnicodeError) -> tuple[str, int]:
    """Half characters that `surrogateescape` writes as bytes that UTF-8 never has."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + max(byte, 0x80)) for byte in bad), error.end


codecs.register_error(_UNDECODED, _undecoded)
