"""A budget as a picture: what is kept for how much money, by nature, beside what was asked for."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from dabiao.base.messages import say
from dabiao.base.quantities import in_unit
from dabiao.budget.results import Budget
from dabiao.reports.budget import kept_text, money
from dabiao.reports.charts import write_chart
from dabiao.rules.written import Nature

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS: dict[Nature, str] = {"binding": "#08519c", "anticipatory": "#6baed6", "unstated": "#c6c6c6"}


def write_svg(budget: Budget, lang: str, stream: IO[bytes]) -> None:
    """Draw the budget as SVG."""
    write_chart(lambda: _draw(budget, lang), stream, "svg")


def write_png(budget: Budget, lang: str, stream: IO[bytes]) -> None:
    """Draw the budget as PNG. Raises `Refused` where no installed font has its Chinese words."""
    write_chart(lambda: _draw(budget, lang), stream, "png")


def _draw(budget: Budget, lang: str) -> Figure:
    """Draw a bar for each limit, as high as the findings kept within it; the limit that was given is a dashed line."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    unit = budget.costs.money
    figure = Figure(figsize=(10, 5.5), layout="constrained")
    plot = figure.subplots()
    points = budget.curve
    limits = [float(in_unit(point.limit, unit)) for point in points]
    width = 0.8 * (limits[1] - limits[0]) if len(points) > 1 and limits[1] > limits[0] else 1.0
    below = [0] * len(points)
    natures = [nature for nature in COLOURS if any(point.kept.get(nature, 0) for point in points)]
    for nature, colour in COLOURS.items():
        kept = [point.kept.get(nature, 0) for point in points]
        if any(kept):
            plot.bar(limits, kept, width, bottom=below, color=colour, label=kept_text(nature, natures, lang))
            below = [low + high for low, high in zip(below, kept, strict=True)]
    for limit, high in zip(limits, below, strict=True):
        plot.annotate(str(high), (limit, high), ha="center", va="bottom", fontsize=8)
    lines = [say("budget.chart", lang, plan=budget.plan.title[lang], root=budget.root)]
    if budget.limits.total is not None:
        plot.axvline(float(in_unit(budget.limits.total, unit)), color="#000000", linestyle="--", linewidth=1.2)
        lines.append(say("budget.chart-limit", lang, amount=money(budget.limits.total, unit)))
    notes = {"illustrative": budget.costs.illustrative, "synthetic": budget.synthetic}
    lines += [say(f"budget.{note}", lang) for note, told in notes.items() if told]
    if not points:
        lines.append(say("budget.no-chart", lang))
    plot.set_title("\n".join(lines))
    plot.set_xlabel(say("budget.chart-money", lang, unit=unit.symbol))
    plot.set_ylabel(say("budget.chart-kept", lang))
    plot.yaxis.set_major_locator(MaxNLocator(integer=True))
    plot.spines[["top", "right"]].set_visible(False)
    if any(below):
        plot.set_ylim(0, 1.1 * max(below))
        figure.legend(loc="outside lower center", ncols=len(COLOURS), frameon=False)
    return figure
