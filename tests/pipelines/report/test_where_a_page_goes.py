"""A page goes into a file, or into what stands under its name, which is never replaced."""

import os
from pathlib import Path

import pytest

from idweave.pipelines.errors import WrongUsage
from idweave.pipelines.report.command import write_page


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as reader:
        write_page(str(pipe), b"page")
        assert reader.read() == b"page"
    assert pipe.is_fifo()


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to("page.html")
    for text in (b"first", b"second"):
        write_page(str(tmp_path / "link.html"), text)
        assert (tmp_path / "page.html").read_bytes() == text
    assert (tmp_path / "link.html").is_symlink()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=f"^--output: {tmp_path}: a folder; name a file in it$"):
        write_page(str(tmp_path), b"page")
