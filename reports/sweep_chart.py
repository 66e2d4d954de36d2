"""A sweep as a picture: a bar of verdicts for one figure, a grid for two. Findings that flip together share one panel."""

from __future__ import annotations

from math import ceil
from typing import IO, TYPE_CHECKING, Any

from dabiao.base.messages import say
from dabiao.engine.results import VERDICTS, Verdict
from dabiao.reports import words
from dabiao.reports.charts import write_chart
from dabiao.reports.sweep import title_of
from dabiao.scenarios.sweep import FindingKey, SweepResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS: dict[Verdict | None, str] = {  # told apart by the colour-blind, too
    "met": "#1b7837", "early": "#4d9a57", "on_track": "#7fbf7b", "behind": "#fdb863", "shortfall": "#b2182b",
    "undetermined": "#9970ab", "waived": "#67a9cf", "not_due": "#d9d9d9", "not_applicable": "#f0f0f0",
    None: "#ffffff",
}  # fmt: skip
_MOST = 24
_NAMED = 4  # findings of a panel that are named
_TODAY = "#000000"


def write_svg(swept: SweepResult, lang: str, stream: IO[bytes]) -> None:
    """Draw the sweep as SVG."""
    write_chart(lambda: _draw(swept, lang), stream, "svg")


def write_png(swept: SweepResult, lang: str, stream: IO[bytes]) -> None:
    """Draw the sweep as PNG. Raises `Refused` where no installed font has its Chinese words."""
    write_chart(lambda: _draw(swept, lang), stream, "png")


def _draw(swept: SweepResult, lang: str) -> Figure:
    return _bars(swept, lang) if len(swept.axes) == 1 else _grids(swept, lang)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _legend(figure: Figure, used: set[Verdict | None], lang: str) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=COLOURS[v], edgecolor="#666666", label=say(f"verdict.{v}", lang)) for v in VERDICTS if v in used
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=max(len(handles), 1), frameon=False)


def _name_panel(swept: SweepResult, places: list[FindingKey], lang: str) -> str:
    """Name the findings of a panel, the first few of them, one a line."""
    return "\n".join(words.first_few([title_of(swept, place, lang) for place in places], _NAMED, lang))


def _bars(swept: SweepResult, lang: str) -> Figure:
    """Draw a horizontal bar for the findings that flip together, coloured by verdict, with the value at which they flip."""
    (axis,), (today,) = swept.axes, swept.today
    groups = swept.group_flips()[:_MOST]
    lines = sum(min(len(places), _NAMED + 1) for places, _ in groups)
    figure = _figure(10, 2 + 0.3 * len(groups) + 0.25 * max(lines, 1))
    plot = figure.subplots()
    unit = axis.selection.measure.unit
    for row, (_, verdicts) in enumerate(groups):
        runs = swept.find_runs(verdicts)
        for number, run in enumerate(runs):
            first = float(run.first / unit.factor)
            end = runs[number + 1].first if number + 1 < len(runs) else run.last
            plot.barh(row, float(end / unit.factor) - first, left=first, height=0.6, color=COLOURS[run.verdict])
            if number:
                plot.annotate(axis.value_text(run.first), (first, row - 0.32), ha="center", va="bottom", fontsize=8)
    plot.set_yticks(range(len(groups)), [_name_panel(swept, places, lang) for places, _ in groups])
    plot.invert_yaxis()
    plot.set_xlim(float(axis.values[0] / unit.factor), float(axis.values[-1] / unit.factor) or 1)
    if today is not None and axis.values[0] <= today <= axis.values[-1]:
        plot.axvline(float(today / unit.factor), color=_TODAY, linestyle="--", linewidth=1.2)
    _labels(plot, axis.selection.measure.title[lang], unit.symbol)
    plot.set_title(_title(swept, lang), pad=16)
    _legend(figure, {verdict for _, verdicts in groups for verdict in verdicts}, lang)
    return figure


def _grids(swept: SweepResult, lang: str) -> Figure:
    """Draw a grid of verdicts for the findings that flip together, with a cross where the figures are today."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    across, down = swept.axes
    groups = swept.group_flips()[:_MOST]
    columns = min(3, max(len(groups), 1))
    rows = ceil(max(len(groups), 1) / columns)
    figure = _figure(1 + 4.2 * columns, 1.4 + 3.6 * rows)
    plots = figure.subplots(rows, columns, squeeze=False)
    known = [*VERDICTS, None]
    colours = ListedColormap([COLOURS[verdict] for verdict in known])
    norm = BoundaryNorm([i - 0.5 for i in range(len(known) + 1)], len(known))
    shown = [[float(value / axis.selection.measure.unit.factor) for value in axis.values] for axis in swept.axes]
    for number, plot in enumerate(plots.flat):
        if number >= len(groups):
            plot.set_axis_off()
            continue
        places, verdicts = groups[number]
        numbers = [known.index(verdict) for verdict in verdicts]
        grid = [numbers[i :: len(down.values)] for i in range(len(down.values))]
        plot.pcolormesh(*shown, grid, cmap=colours, norm=norm, shading="nearest")
        _mark_today(swept, plot)
        plot.set_title(_name_panel(swept, places, lang), fontsize=9)
        _labels(plot, across.selection.measure.title[lang], across.selection.measure.unit.symbol)
        plot.set_ylabel(f"{down.selection.measure.title[lang]} ({down.selection.measure.unit.symbol})")
    figure.suptitle(_title(swept, lang))
    _legend(figure, {verdict for _, verdicts in groups for verdict in verdicts}, lang)
    return figure


def _mark_today(swept: SweepResult, plot: Any) -> None:
    """Draw lines at the values that were reported, where they are within the range that is drawn."""
    for axis, today, draw in zip(swept.axes, swept.today, (plot.axvline, plot.axhline), strict=True):
        if today is not None and axis.values[0] <= today <= axis.values[-1]:
            draw(float(today / axis.selection.measure.unit.factor), color=_TODAY, linestyle="--", linewidth=1.2)


def _title(swept: SweepResult, lang: str) -> str:
    """Return what the chart shows, with the values that were reported."""
    if not swept.find_flips():
        return say("sweep.no-flip", lang)
    lines = [say("sweep.chart", lang, plan=swept.plan.title[lang], year=swept.year)]
    for axis, today in zip(swept.axes, swept.today, strict=True):
        if today is not None:
            title = axis.selection.measure.title[lang]
            lines.append(say("sweep.dashed", lang, title=title, value=axis.value_text(today)))
    return "\n".join(lines)


def _labels(plot: Any, title: str, unit: str) -> None:
    plot.set_xlabel(f"{title} ({unit})" if unit else title)
    plot.spines[["top", "right"]].set_visible(False)
