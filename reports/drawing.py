"""Draws values over the years as lines in SVG: what was reported, the path expected, the target, and where the trend leads.

The picture stands alone: every text in it is a text, every line has its name at its end, and lines differ by their strokes,
not by colour alone.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree as ET

from dabiao.base.messages import join_list, say
from dabiao.reports.document import Drawing, Line, one_line

_WIDTH, _HEIGHT = 600, 270
_TOP, _BOTTOM, _LEFT = 46, 34, 14  # of the plot; its left edge moves with the numbers beside it
_LETTER = 12.0
_ROW = 15.0  # between two names at the ends of lines
_MOST_TICKS, _MOST_YEARS = 5, 12
_WIDEST_NAME = 190.0
_PARTS = 40  # of a line between two points, where texts look whether it is in their way
_INK, _GRID, _QUIET = "#1f2937", "#dde2e8", "#556070"
_STROKES: Mapping[str, Mapping[str, str]] = {
    "target": {"stroke": "#1c6b2f", "stroke-width": "1.6"},
    "expected": {"stroke": "#5d6673", "stroke-width": "1.6", "stroke-dasharray": "6 4"},
    "outlook": {"stroke": "#8a4b00", "stroke-width": "2", "stroke-dasharray": "1.5 4", "stroke-linecap": "round"},
    "reported": {"stroke": "#1d4f8c", "stroke-width": "2.4", "stroke-linejoin": "round"},
}
_ORDER = tuple(_STROKES)  # what was reported lies on top

Spot = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(slots=True)
class _Plot:
    """Where years and values stand in the picture, the boxes that texts have taken, and spots on the lines."""

    years: tuple[int, int]
    values: tuple[float, float]
    left: float
    right: float
    taken: list[Box] = field(default_factory=list)
    strokes: list[Spot] = field(default_factory=list)

    def x(self, year: int) -> float:
        """Return where a year stands."""
        first, last = self.years
        return (
            (self.left + self.right) / 2
            if first == last
            else self.left + (self.right - self.left) * (year - first) / (last - first)
        )

    def y(self, value: float) -> float:
        """Return where a value stands."""
        low, high = self.values
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)

    def is_free(self, box: Box) -> bool:
        """Return whether a text in a box overlaps no other."""
        return not any(box[0] < r and left < box[2] and box[1] < b and top < box[3] for left, top, r, b in self.taken)

    def crossings(self, box: Box) -> int:
        """Return how much of the lines a text in a box would stand on."""
        return sum(box[0] < x < box[2] and box[1] < y < box[3] for x, y in self.strokes)


def svg_text(drawing: Drawing, lang: str, name: str) -> str:
    """Return a drawing as an `svg` element; `name` begins the ids in it."""
    lines = [line for line in drawing.lines if line.points]
    lines.sort(key=lambda line: _ORDER.index(line.role))
    svg = ET.Element(
        "svg",
        {
            "class": "drawing", "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img",
            "aria-labelledby": f"{name}-title {name}-text", "font-size": _number(_LETTER), "fill": _INK,
        },
    )  # fmt: skip
    _add(svg, "title", one_line(drawing.title), id=f"{name}-title")
    _add(svg, "desc", _in_words(lines, lang), id=f"{name}-text")
    _add(svg, "text", _cut(one_line(drawing.title), _WIDTH - 2 * _LEFT), x=0, y=16, font_size="14", font_weight="bold")
    if lines:
        plot = _plot_for(lines)
        _draw_axes(svg, plot)
        for line in lines:
            _draw_line(svg, line, plot)
        _name_lines(svg, lines, plot)
        for line in lines:
            if line.role == "reported":
                _label_points(svg, line, plot)
    return ET.tostring(svg, encoding="unicode")


def _in_words(lines: Sequence[Line], lang: str) -> str:
    parts = []
    for line in lines[::-1]:
        points = [say("html.point", lang, year=point.year, text=one_line(point.text)) for point in line.points]
        parts.append(say("html.line", lang, name=one_line(line.name), points=join_list(points, lang, "phrases")))
    return join_list(parts, lang, "clauses")


def _plot_for(lines: Sequence[Line]) -> _Plot:
    """Return the plot that all points fit in, with room for the names of lines on its right."""
    years = [point.year for line in lines for point in line.points]
    ticks = _ticks([point.value for line in lines for point in line.points])
    left = _LEFT + max(_length(_tick_text(tick)) for tick in ticks)
    names = max(_length(_end_text(line)) for line in lines)
    return _Plot((min(years), max(years)), (ticks[0], ticks[-1]), left, _WIDTH - 16 - min(names, _WIDEST_NAME))


def _ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers that hold the values between them; zero too where it is near."""
    low, high = min(values), max(values)
    if 0 < low < high / 2:
        low = 0.0
    span = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / (_MOST_TICKS - 1)))
    step *= next(times for times in (1, 2, 2.5, 5, 10) if times * step * (_MOST_TICKS - 1) >= span)
    first = math.floor(low / step)
    count = max(math.ceil(high / step - 1e-9) - first, 1)
    return [(first + number) * step for number in range(count + 1)]


def _tick_text(tick: float) -> str:
    return f"{tick:,.10g}" if abs(tick) < 1e10 else f"{tick:.3g}"


def _draw_axes(svg: ET.Element, plot: _Plot) -> None:
    """Draw a thin line and its number for every round value, and the years below."""
    ticks = _ticks(plot.values)
    for tick in ticks:
        y = plot.y(tick)
        _add(svg, "line", x1=plot.left, x2=plot.right, y1=y, y2=y, stroke=_GRID if tick != ticks[0] else _QUIET)
        _add(svg, "text", _tick_text(tick), x=plot.left - 6, y=y + 4, text_anchor="end", fill=_QUIET)
    first, last = plot.years
    step = math.ceil((last - first + 1) / _MOST_YEARS)
    for year in range(last, first - 1, -step):
        _add(svg, "text", str(year), x=plot.x(year), y=_HEIGHT - 14, text_anchor="middle", fill=_QUIET)


def _draw_line(svg: ET.Element, line: Line, plot: _Plot) -> None:
    """Draw a line through its points; a target of one value goes across the whole plot."""
    points = [(plot.x(point.year), plot.y(point.value)) for point in line.points]
    if line.role == "target" and len(points) == 1:
        points = [(plot.left, points[0][1]), (plot.right, points[0][1])]
    path = "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
    _add(svg, "path", d=path, fill="none", **_STROKES[line.role])
    for (x, y), (to_x, to_y) in pairwise(points):
        plot.strokes += [(x + (to_x - x) * part / _PARTS, y + (to_y - y) * part / _PARTS) for part in range(_PARTS + 1)]
    if line.role in ("reported", "outlook"):
        _draw_points(svg, line, plot)


def _draw_points(svg: ET.Element, line: Line, plot: _Plot) -> None:
    """Draw a dot for every point reported, and a ring where the trend leads."""
    colour = _STROKES[line.role]["stroke"]
    for point in line.points if line.role == "reported" else line.points[-1:]:
        fill = colour if line.role == "reported" else "#fff"
        dot = _add(svg, "circle", cx=plot.x(point.year), cy=plot.y(point.value), r=3.5, fill=fill, stroke=colour)
        _add(dot, "title", f"{point.year} {one_line(point.text)}")


def _name_lines(svg: ET.Element, lines: Sequence[Line], plot: _Plot) -> None:
    """Write the names of lines that end at the right edge beside their ends, moved apart where two ends are near."""
    ends = sorted((line for line in lines if _at_the_edge(line, plot)), key=lambda line: plot.y(line.points[-1].value))
    places: list[float] = []
    for line in ends:
        above = places[-1] if places else _TOP - _ROW
        places.append(max(plot.y(line.points[-1].value) + 4, above + _ROW))
    for line, place in zip(ends, _pushed_up(places, _HEIGHT - _BOTTOM + 4), strict=True):
        x = plot.right + 10
        _add(svg, "text", _cut(_end_text(line), _WIDTH - x - 2), x=x, y=place, fill=_STROKES[line.role]["stroke"])
        plot.taken.append((x, place - 11, _WIDTH, place + 4))


def _at_the_edge(line: Line, plot: _Plot) -> bool:
    """Whether a line ends at the right edge of the plot; a target of one value goes across it."""
    return line.points[-1].year == plot.years[1] or (line.role == "target" and len(line.points) == 1)


def _pushed_up(places: Sequence[float], lowest: float) -> list[float]:
    """Move the lowest places up until they fit, each no nearer to the one above than a row."""
    moved: list[float] = []
    for place in reversed(places):
        moved.append(min(place, moved[-1] - _ROW if moved else lowest))
    return moved[::-1]


def _label_points(svg: ET.Element, line: Line, plot: _Plot) -> None:
    """Write the value at every point, above, below or beside it; where others are in the way it is only its title.

    A line that ends within the plot is named at its last point.
    """
    named = _at_the_edge(line, plot)
    dots = [(plot.x(point.year), plot.y(point.value)) for point in line.points]
    plot.taken += [(x - 4, y - 4, x + 4, y + 4) for x, y in dots]
    for number in reversed(range(len(dots) - named)):  # the last one says most
        point, (x, y) = line.points[number], dots[number]
        text = one_line(point.text) if named or number < len(dots) - 1 else _end_text(line)
        free = [spot for spot in _candidates(x, y, _length(text)) if _fits(spot, text, plot)]
        if free:
            left, base = min(free, key=lambda spot: plot.crossings(_box(spot, text)))  # the first of the best
            plot.taken.append(_box((left, base), text))
            _add(svg, "text", text, x=left, y=base, **_halo())


def _box(spot: Spot, text: str) -> Box:
    """Return the box of a text from its left end and its base line."""
    left, base = spot
    return left, base - 10, left + _length(text), base + 3


def _fits(spot: Spot, text: str, plot: _Plot) -> bool:
    """Return whether a text lies within the plot, over no other."""
    box = _box(spot, text)
    within = plot.left <= box[0] and box[2] <= plot.right and _TOP - 14 < spot[1] < _HEIGHT - _BOTTOM - 2
    return within and plot.is_free(box)


def _candidates(x: float, y: float, width: float) -> Iterator[Spot]:
    """Iterate over the places for a text at a point: its left end and its base line."""
    for base in (y - 9, y + 18):
        for share in (0.5, 0.0, 1.0):
            yield x - width * share, base
    yield from ((x + 8, y + 4), (x - width - 8, y + 4))


def _halo() -> dict[str, str]:
    """Return what keeps a text readable over a line: a white edge under it."""
    return {"paint_order": "stroke", "stroke": "#fff", "stroke_width": "3", "stroke_linejoin": "round"}


def _end_text(line: Line) -> str:
    """Name a line, with the value it ends at."""
    return f"{one_line(line.name)} {one_line(line.points[-1].text)}".strip()


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str | float) -> ET.Element:
    """Add an element; `_` in names of attributes stands for `-`, numbers are rounded."""
    named = {
        name.replace("_", "-"): value if isinstance(value, str) else _number(value)
        for name, value in attributes.items()
    }
    element = ET.SubElement(parent, tag, named)
    element.text = text or None
    return element


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _cut(text: str, width: float) -> str:
    """Return a text that fits a width, with three dots for what does not."""
    if _length(text) <= width:
        return text
    while text and _length(text) > width - _LETTER:
        text = text[:-1]
    return text + "…"


def _length(text: str) -> float:
    """Return about how long a text is: a Chinese sign is as wide as it is high."""
    return sum(_LETTER if unicodedata.east_asian_width(char) in "WFA" else 0.58 * _LETTER for char in text)
