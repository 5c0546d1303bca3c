"""Charts as SVG inside the page: no script, no fonts, colours by the page's style.

A chart is a function of its numbers; each has a title, which screen readers say, and marks of the
class `mark` whose own titles browsers show under the pointer.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT = 640.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 14.0, 12.0, 42.0
_SERIES = 8  # colours; further series begin again, dashed


class _Axis:
    """Places of numbers between two ends."""

    def __init__(self, low: float, high: float, begin: float, end: float, log: bool) -> None:
        self._log = log
        self._low, self._high = self._at(low), max(self._at(high), self._at(low) + 1e-9)
        self._begin, self._end = begin, end

    def _at(self, value: float) -> float:
        return math.log10(value) if self._log else value

    def place(self, value: float) -> float:
        share = (self._at(value) - self._low) / (self._high - self._low)
        return round(self._begin + share * (self._end - self._begin), 1)


def sizes_chart(title: str, series: Mapping[str, Mapping[int, int]], x: str, y: str) -> Markup:
    """How many there are of each size; both axes logarithmic.

    Args:
        series: by name, how many by size; both above 0.
        x, y: what the axes say.
    """
    largest = max((size for of in series.values() for size in of), default=1)
    most = max((count for of in series.values() for count in of.values()), default=1)
    across = _Axis(1, max(largest, 2) * 1.1, _LEFT, _WIDTH - _RIGHT, True)
    up = _Axis(0.7, max(most, 2) * 1.3, _HEIGHT - _BOTTOM, _TOP, True)
    body = [_frame(across, up, _tens(largest), _tens(most), (x, y))]
    for place, (name, of) in enumerate(series.items()):
        points = [(across.place(size), up.place(of[size])) for size in sorted(of)]
        body.append(_line(points, place))
        for (left, top), size in zip(points, sorted(of), strict=True):
            said = f"{name}: {of[size]:,} of size {size:,}"
            body.append(_dot(left, top, place, said))
    return _svg(title, body, _HEIGHT)


def trend_chart(title: str, runs: Sequence[str], series: Mapping[str, Sequence[float | None]],
                y: str) -> Markup:  # fmt: skip
    """Numbers run after run, from 0; None: the run has none."""
    highest = max((v for of in series.values() for v in of if v is not None), default=0)
    across = _Axis(0, max(len(runs) - 1, 1), _LEFT + 10, _WIDTH - _RIGHT - 10, False)
    step = _step(highest)
    up = _Axis(0, max(math.ceil(highest / step), 1) * step, _HEIGHT - _BOTTOM, _TOP, False)
    ticks = [step * n for n in range(max(math.ceil(highest / step), 1) + 1)]
    body = [_frame(across, up, [], ticks, ("runs, the oldest first", y))]
    for place, (name, of) in enumerate(series.items()):
        points = [(across.place(n), up.place(v), v) for n, v in enumerate(of) if v is not None]
        body.append(_line([point[:2] for point in points], place))
        for n, (left, top, value) in enumerate(points):
            body.append(_dot(left, top, place, f"{name}, {runs[n]}: {value:,.6g}"))
    return _svg(title, body, _HEIGHT)


def bars_chart(title: str, bars: Sequence[tuple[str, float, str]]) -> Markup:
    """Shares as bars with their labels and texts; a share is between 0 and 1."""
    height, labels = 24.0, 150.0
    body = []
    for place, (label, share, text) in enumerate(bars):
        top = place * height
        width = round(max(share, 0.0) * (_WIDTH - labels - 110), 1)
        body.append(
            Markup(
                '<text x="{}" y="{}" class="label" text-anchor="end">{}</text>'
                '<rect class="mark s0" x="{}" y="{}" width="{}" height="{}">'
                "<title>{}</title></rect>"
                '<text x="{}" y="{}" class="label">{}</text>'
            ).format(
                labels - 8, top + 16, _cut(label), labels, top + 4, max(width, 1), height - 8,
                f"{label}: {text}", labels + max(width, 1) + 6, top + 16, text,
            )
        )  # fmt: skip
    return _svg(title, body, max(height * len(bars), height))


def legend(names: Sequence[str]) -> Markup:
    """The colours of some series."""
    parts = (
        Markup('<span class="key"><i class="s{}"></i>{}</span>').format(place % _SERIES, name)
        for place, name in enumerate(names)
    )
    return Markup('<p class="legend">{}</p>').format(Markup(" ").join(parts))


def _svg(title: str, body: Sequence[Markup], height: float) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(_WIDTH, height, title, title, Markup("").join(body))


def _frame(across: _Axis, up: _Axis, xs: Sequence[float], ys: Sequence[float],
           names: tuple[str, str]) -> Markup:  # fmt: skip
    bottom, parts = _HEIGHT - _BOTTOM, []
    for value in ys:
        top = up.place(value)
        parts.append(
            Markup(
                '<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
                '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>'
            ).format(_LEFT, top, _WIDTH - _RIGHT, top, _LEFT - 6, top + 4, _short(value))
        )
    for value in xs:
        parts.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(
                across.place(value), bottom + 16, _short(value)
            )
        )
    parts.append(
        Markup(
            '<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}"/>'
            '<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>'
            '<text class="tick" transform="translate(14,{}) rotate(-90)" text-anchor="middle">'
            "{}</text>"
        ).format(
            _LEFT, bottom, _WIDTH - _RIGHT, bottom, (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8,
            names[0], (bottom + _TOP) / 2, names[1],
        )
    )  # fmt: skip
    return Markup("").join(parts)


def _line(points: Sequence[tuple[float, float]], place: int) -> Markup:
    dashed = " dashed" if place >= _SERIES else ""
    text = " ".join(f"{left},{top}" for left, top in points)
    return Markup('<polyline class="line s{}{}" points="{}"/>').format(
        place % _SERIES, dashed, text
    )


def _dot(left: float, top: float, place: int, said: str) -> Markup:
    return Markup(
        '<circle class="mark s{}" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>'
    ).format(place % _SERIES, left, top, said)


def _tens(highest: float) -> list[float]:
    return [10.0**n for n in range(math.floor(math.log10(max(highest, 1))) + 1)]


def _step(highest: float) -> float:
    """A round step that gives some five lines."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest / 4))
    return next(power * n for n in (1, 2, 5, 10) if highest / (power * n) <= 5)


def _short(value: float) -> str:
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{unit}"
    return f"{value:.3g}"


def _cut(label: str) -> str:
    return label if len(label) <= 22 else f"{label[:21]}…"


def in_steps(sizes: Mapping[int, int]) -> Iterator[tuple[str, int]]:
    """Counts by size in steps that double: 1, 2, 3-4, 5-8, …; those of a step added up."""
    low, high = 1, 1
    largest = max(sizes, default=0)
    while low <= largest:
        count = (
            sum(sizes.get(size, 0) for size in range(low, high + 1))
            if high < 4096
            else sum(count for size, count in sizes.items() if low <= size <= high)
        )
        yield (f"{low:,}" if low == high else f"{low:,} to {high:,}"), count
        low, high = high + 1, high * 2
