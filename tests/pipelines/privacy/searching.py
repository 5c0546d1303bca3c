"""Looks for values in files, whatever form their bytes have."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

from tests.pipelines.privacy.parquet_pages import pages


def forms_of(value: str) -> set[bytes]:
    """A value as bytes, plain and in the codes that people meet, in small and capital letters."""
    texts = {value, value.lower(), value.upper(), quote(value, safe="")}
    out = {form for text in texts for form in _coded(text)}
    return {form for form in out if len(form) > 3}


def _coded(text: str) -> set[bytes]:
    plain = text.encode()
    digests = [hashlib.new(name, plain) for name in ("md5", "sha1", "sha256")]
    digests.append(hashlib.blake2b(plain, digest_size=16))
    raw = {digest.digest() for digest in digests}
    bodies = {plain, plain[::-1], text.encode("utf-16-le"), text.encode("utf-16-be"), *raw}
    coded = {body.hex().encode() for body in bodies} | {body.hex().upper().encode() for body in raw}
    return bodies | coded | {inner for body in bodies for inner in _base64(body)}


def _base64(body: bytes) -> set[bytes]:
    """What is the same of a value's Base64 wherever it begins in a text."""
    return {
        base64.b64encode(bytes(lead) + body)[2 * lead if lead else 0 : -4].rstrip(b"=")
        for lead in (0, 1, 2)
    }


def found_in(files: Iterable[Path], values: Iterable[str]) -> list[tuple[str, str]]:
    """(file, value) of every value that is in a file: in its bytes, pages, statistics or rows."""
    forms = {value: forms_of(value) for value in values}
    out = []
    for file in files:
        bodies = _bodies(file)
        for value, own in forms.items():
            if any(form in body for body in bodies for form in own):
                out.append((file.name if not file.parent.name else _short(file), value))
    return out


def _bodies(file: Path) -> list[bytes]:
    bodies = [str(file).encode(), file.read_bytes()]
    if file.suffix == ".parquet":
        bodies += pages(file)
        bodies.append(repr(pq.read_metadata(file).to_dict()).encode())
        bodies.append(repr(pq.ParquetFile(file).read().to_pylist()).encode())
    return bodies


def _short(file: Path) -> str:
    return "/".join(file.parts[-3:])


def files_below(folder: Path) -> list[Path]:
    """All files of a folder, hidden ones, too."""
    return sorted(file for file in folder.rglob("*") if file.is_file())
