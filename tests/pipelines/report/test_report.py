"""`idweave report`: the page, its numbers, and what a browser makes of it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idweave.pipelines.cli.main import main
from tests.browser.chromium import PROGRAM, WHY_NOT, Opened, open_page
from tests.pipelines.running import Run, write_config

HOSTILE = [
    "<script>document.title='broken'</script>",
    '"><img src=http://example.com/x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "'single\" and double'",
    "\u202eabcdefgh\u202c",
    "long" * 2500,
]
STRATEGIES = {
    "everything": {"policy": "merge_all"},
    "careful": {"policy": "constrained_merge", "unique": ["customer"]},
    "strong": {"policy": "merge_all", "link_on": ["customer", "<b>mail</b>"]},
}
TYPES = ("customer", "<b>mail</b>", "device")


class Page(HTMLParser):
    """Tags, the text, and the rows of all tables of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.rows: list[list[str]] = []
        self.text = ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags[tag] += 1
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self._cell = tag in ("td", "th") or (self._cell and tag not in ("tr", "table"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell:
            self.rows[-1][-1] += data

    def row(self, *begins: str) -> list[str]:
        """The only row that begins so."""
        (found,) = (r for r in self.rows if [c.strip() for c in r[: len(begins)]] == [*begins])
        return [re.sub(r"\s+", " ", cell).strip() for cell in found]


class Made(NamedTuple):
    """A run, its page as it is and with values."""

    run: Run
    masked: str
    shown: Path


def records() -> Iterator[dict[str, Any]]:
    """People with a device of their own; some share one, which one record alone shows."""
    for n in range(60):
        person = {"customer": f"customer-{n:03}", TYPES[1]: f"person{n}@example.com"}
        yield person | {"device": f"device-{n:03}"}
        yield person | {"device": f"tablet-{n:03}"}
        if n % 6 == 5:
            yield {"device": f"device-{n - 1:03}", TYPES[1]: person[TYPES[1]]}
    for n, value in enumerate(HOSTILE):
        for d in range(6):
            mail = f"hostile{n}@example.com"
            yield {"customer": value, TYPES[1]: mail, "device": f"device-{n}-{d}"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run on a base, and two pages on it."""
    folder = tmp_path_factory.mktemp("report")
    rows = list(records())
    columns = {kind: [row.get(kind) for row in rows] for kind in TYPES}
    ids = {"id": [f"r{n:03}" for n in range(len(rows))]}
    source = {"path": "in.parquet", "record_id": "id", "identities": {k: k for k in TYPES}}
    body = {
        "sources": {"web": source},
        "identities": {kind: {"max_length": 20_000} for kind in TYPES},
        "strategies": STRATEGIES,
        "platforms": {"ads": {"strategy": "careful", "identities": {"customer": {"as": "who"}}}},
        "checks": {"min_records": 5},
        "risks": {"many_identities": 6},
    }
    config = write_config(folder, body)
    table = pa.table(ids | columns)
    out = folder / "out"
    for run_id, rows_of in (("one", table[:100]), ("two", table)):
        pq.write_table(rows_of, folder / "in.parquet")
        assert main(["refresh", str(config), "--output", str(out), "--run-id", run_id]) == 0
    pages = [folder / "masked.html", folder / "shown.html"]
    for page, more in zip(pages, ([], ["--show-values"]), strict=True):
        assert main(["report", str(out), "--output", str(page), *more]) == 0
    return Made(Run(out), pages[0].read_text(), pages[1])


def test_no_value_is_in_the_page_unless_it_is_asked_for(made: Made) -> None:
    page, shown = Page(made.masked), Page(made.shown.read_text())
    values = {row["identity_value"] for name in STRATEGIES
              for row in made.run.rows("identities", name)}  # fmt: skip
    assert len(values) > 200
    assert [value for value in values if value in page.text or value in made.masked] == []
    assert "customer:c…-…" in page.text
    assert "Identity values are masked" in page.text
    assert "it is personal data" in shown.text
    assert "customer:customer-0" in shown.text


def test_hostile_values_are_text(made: Made) -> None:
    shown = Page(made.shown.read_text())
    assert {"script", "img", "b>", "raw"} & set(shown.tags) == set()
    assert HOSTILE[0] in shown.text
    assert HOSTILE[2] in shown.text
    assert "customer:\\u202eabcdefgh\\u202c" in shown.text
    assert "longlong" in shown.text
    assert HOSTILE[5][:70] not in shown.text


def test_numbers_of_the_page_are_those_of_the_tables(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    page, run = Page(made.masked), made.run
    sizes = {}
    for name in STRATEGIES:
        records_of = Counter(row["profile_id"] for row in run.rows("assignments", name)
                             if row["profile_id"])  # fmt: skip
        listed = [row["profile_id"] for row in run.rows("identities", name)]
        sizes[name] = Counter(Counter(listed).values())
        risks = {row["profile_id"] for row in run.rows("risks", name)}
        bridges = {row["profile_id"] for row in run.rows("risks", name)
                   if row["risk"] == "weak_bridge"}  # fmt: skip
        profiles = run.rows("profiles", name)
        together = sum(n * (n - 1) // 2 for n in records_of.values())
        assert page.row(name, STRATEGIES[name]["policy"])[2:] == [
            f"{len(profiles):,}", str(max(row["identity_count"] for row in profiles)),
            f"{records_of.total():,}", f"{together:,}",
            f"{len(risks)} ({len(risks) / len(profiles):.2%})", str(len(bridges)),
        ]  # fmt: skip
    for label, of in (("1", (1,)), ("2", (2,)), ("3 to 4", (3, 4)), ("5 to 8", range(5, 9))):
        counts = [str(sum(sizes[name][size] for size in of)) for name in sorted(STRATEGIES)]
        found = [row for row in page.rows if row[0] == label]
        assert counts in [row[1:] for row in found]
    assert main(["diff", str(run.folder), "everything", "strong", "--json"]) == 0
    pairs = json.loads(capsys.readouterr().out)["pairs"]
    row = next(row for row in page.rows if row and row[0] == "everything" and len(row) == 4)
    assert row[3].strip() == f"{pairs['left_only']:,}"
    assert page.row("min_records") == ["min_records", "5", f"{len(list(records()))}", "holds"]
    platform = [row for row in run.rows("platforms", "ads") if row["who"] is not None]
    assert page.row("ads", "careful")[2] == str(len(run.rows("platforms", "ads")))
    assert page.row("ads", "careful")[3].startswith(f"who {len(platform)} (")


def test_overlaps_of_types_are_those_of_identities(made: Made) -> None:
    page = Page(made.masked)
    rows = sorted(made.run.rows("identities", "everything"), key=lambda row: row["profile_id"])
    held = [{row["identity_type"] for row in of}
            for _, of in groupby(rows, key=lambda row: row["profile_id"])]  # fmt: skip
    for kind in TYPES:
        both = [str(sum({kind, other} <= types for types in held)) for other in TYPES]
        assert both in [row[1:4] for row in page.rows if row and row[0] == kind]


def test_the_page_says_what_to_look_at_first(made: Made) -> None:
    text = re.sub(r"\s+", " ", Page(made.masked).text)
    first = made.run.rows("risks", "everything")[0]
    assert "everything puts the most records together" in text
    assert f"Look first at profile {first['profile_id']} of everything" in text


def test_the_page_asks_nothing_of_anyone_and_is_small(made: Made) -> None:
    assert re.findall(r"(?:src|href)=[\"'](?!data:,)[^\"']*", made.masked) == []
    assert "url(" not in made.masked
    assert len(made.masked) < 300_000


@pytest.fixture(scope="module")
def opened(made: Made) -> Opened:
    if PROGRAM is None:
        pytest.skip(WHY_NOT)
    return open_page(made.shown)


MEASURE = """<script>
const marks = [...document.querySelectorAll('svg')].map(svg => {
  const boxes = [...svg.querySelectorAll('.mark')].map(mark => mark.getBoundingClientRect());
  return boxes.filter(box => box.width > 0 && box.height > 0).length; });
const told = document.createElement('pre');
told.id = 'told';
told.textContent = JSON.stringify({marks, across: document.documentElement.scrollWidth});
document.body.append(told);
console.error('seen'); new Image().src = 'http://elsewhere.test/x.png';
</script></body>"""


def test_a_browser_finds_no_fault_and_asks_for_nothing(opened: Opened) -> None:
    assert opened.console == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert "<title>idweave: run two</title>" in opened.dom
    tags = Page(opened.dom).tags
    assert tags["script"] == tags["img"] == 0
    assert tags["svg"] == 6


def test_charts_have_marks_and_a_phone_shows_the_page_whole(made: Made, tmp_path: Path) -> None:
    """A copy that may run a script measures itself; that its errors are seen shows that all are."""
    if PROGRAM is None:
        pytest.skip(WHY_NOT)
    copy = tmp_path / "copy.html"
    text = re.sub(r"<meta http-equiv[^>]*>", "", made.shown.read_text())
    copy.write_text(text.replace("</body>", MEASURE))
    found = open_page(copy, width=500)
    told = json.loads(re.findall(r'<pre id="told">(.*?)</pre>', found.dom)[0])
    assert len(told["marks"]) == 6
    assert min(told["marks"]) > 0
    assert told["across"] <= 500
    assert any("seen" in line for line in found.console)
    assert any("elsewhere.test" in url for url in found.requests)
