"""A sweep as a picture: a bar of verdicts per finding for one figure, a grid per finding for two."""

from __future__ import annotations

from math import ceil
from typing import IO, TYPE_CHECKING, Any, Literal

from dabiao.base.libraries import require_library
from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.results import VERDICTS, Verdict
from dabiao.reports.sweep import title_of
from dabiao.scenarios.sweep import SweepResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS: dict[Verdict | None, str] = {  # told apart by the colour-blind, too
    "met": "#1b7837", "early": "#4d9a57", "on_track": "#7fbf7b", "behind": "#fdb863", "shortfall": "#b2182b",
    "undetermined": "#9970ab", "waived": "#67a9cf", "not_due": "#d9d9d9", "not_applicable": "#f0f0f0",
    None: "#ffffff",
}  # fmt: skip
FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "SimHei", "Noto Serif CJK SC", "SimSun", "Noto Sans CJK JP",
)  # fmt: skip
_MOST = 24


def write_svg(swept: SweepResult, lang: str, stream: IO[bytes]) -> None:
    """Draw the sweep as SVG."""
    _write(swept, lang, stream, "svg")


def write_png(swept: SweepResult, lang: str, stream: IO[bytes]) -> None:
    """Draw the sweep as PNG. Raises `Refused` where no installed font has its Chinese words."""
    _write(swept, lang, stream, "png")


def _write(swept: SweepResult, lang: str, stream: IO[bytes], form: Literal["svg", "png"]) -> None:
    with require_library("matplotlib"):
        import matplotlib as mpl
        from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    fonts = [font for font in FONTS if font in known]
    if form == "png" and not fonts:  # an SVG takes the reader's fonts
        raise Refused([Problem("no-chinese-font", Location("--output"), {"expected": ", ".join(FONTS[:5])})])
    settings: dict[str, Any] = {
        "font.family": "sans-serif",
        "font.sans-serif": [*(fonts or FONTS), "sans-serif"] if form == "svg" else [*fonts, "DejaVu Sans"],
        "svg.fonttype": "none", "svg.hashsalt": "dabiao", "axes.unicode_minus": False, "text.parse_math": False,
    }  # fmt: skip
    with mpl.rc_context(settings):  # type: ignore[arg-type]
        figure = _bars(swept, lang) if len(swept.axes) == 1 else _grids(swept, lang)
        figure.savefig(stream, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _legend(figure: Figure, used: set[Verdict | None], lang: str) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=COLOURS[v], edgecolor="#666666", label=say(f"verdict.{v}", lang)) for v in VERDICTS if v in used
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=max(len(handles), 1), frameon=False)


def _bars(swept: SweepResult, lang: str) -> Figure:
    """Draw a horizontal bar for each finding that flips, coloured by verdict, with the value at which it flips."""
    (axis,) = swept.axes
    flips = list(swept.find_flips().items())[:_MOST]
    figure = _figure(10, 1.8 + 0.5 * max(len(flips), 1))
    plot = figure.subplots()
    unit = axis.selection.measure.unit
    for row, (_, verdicts) in enumerate(flips):
        runs = swept.find_runs(verdicts)
        for number, run in enumerate(runs):
            first = float(run.first / unit.factor)
            end = runs[number + 1].first if number + 1 < len(runs) else run.last
            plot.barh(row, float(end / unit.factor) - first, left=first, height=0.6, color=COLOURS[run.verdict])
            if number:
                plot.annotate(axis.value_text(run.first), (first, row - 0.32), ha="center", va="bottom", fontsize=8)
    plot.set_yticks(range(len(flips)), [title_of(swept, place, lang) for place, _ in flips])
    plot.invert_yaxis()
    plot.set_xlim(float(axis.values[0] / unit.factor), float(axis.values[-1] / unit.factor) or 1)
    _labels(plot, axis.selection.measure.title[lang], unit.symbol)
    plot.set_title(
        say("sweep.chart", lang, plan=swept.plan.title[lang], year=swept.year) if flips else say("sweep.no-flip", lang),
        pad=16,
    )
    _legend(figure, {verdict for _, verdicts in flips for verdict in verdicts}, lang)
    return figure


def _grids(swept: SweepResult, lang: str) -> Figure:
    """Draw a grid of verdicts for each finding that flips."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    across, down = swept.axes
    flips = list(swept.find_flips().items())[:_MOST]
    columns = min(3, max(len(flips), 1))
    rows = ceil(max(len(flips), 1) / columns)
    figure = _figure(1 + 4.2 * columns, 1.2 + 3.4 * rows)
    plots = figure.subplots(rows, columns, squeeze=False)
    known = [*VERDICTS, None]
    colours = ListedColormap([COLOURS[verdict] for verdict in known])
    norm = BoundaryNorm([i - 0.5 for i in range(len(known) + 1)], len(known))
    for number, plot in enumerate(plots.flat):
        if number >= len(flips):
            plot.set_axis_off()
            continue
        place, verdicts = flips[number]
        numbers = [known.index(verdict) for verdict in verdicts]
        grid = [numbers[i :: len(down.values)] for i in range(len(down.values))]
        shown = [[float(value / axis.selection.measure.unit.factor) for value in axis.values] for axis in swept.axes]
        plot.pcolormesh(*shown, grid, cmap=colours, norm=norm, shading="nearest")
        plot.set_title(title_of(swept, place, lang), fontsize=9)
        _labels(plot, across.selection.measure.title[lang], across.selection.measure.unit.symbol)
        plot.set_ylabel(f"{down.selection.measure.title[lang]} ({down.selection.measure.unit.symbol})")
    figure.suptitle(
        say("sweep.chart", lang, plan=swept.plan.title[lang], year=swept.year) if flips else say("sweep.no-flip", lang)
    )
    _legend(figure, {verdict for _, verdicts in flips for verdict in verdicts}, lang)
    return figure


def _title(swept: SweepResult, lang: str) -> str:
    if not swept.find_flips():
        return say("sweep.no-flip", lang)
    return say("sweep.chart", lang, plan=swept.plan.title[lang], year=swept.year)


def _labels(plot: Any, title: str, unit: str) -> None:
    plot.set_xlabel(f"{title} ({unit})" if unit else title)
    plot.spines[["top", "right"]].set_visible(False)
