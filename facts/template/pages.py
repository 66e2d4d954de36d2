"""Printed pages of a list: its scale, and where a new page begins."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

WIDE, HIGH = 784.0, 495.0  # points of A4 across, without the margins
_COLUMN = 5.6  # points of a column one character wide, in the font of the form
_ROOM = 0.97  # programs do not agree to the point
_LEAST = 10


def set_up_pages(sheet: Worksheet, widths: Sequence[float], head: int, chapters: Sequence[int], last: int) -> None:
    """Scale a list to the width of the paper, and begin a page with a chapter that has no room on the one before.

    `head` is the row of headings, which every page repeats. A scale is set and not a width in pages, because Excel pays no
    attention to page breaks beside that.
    """
    scale = max(_LEAST, min(100, int(100 * _ROOM * WIDE / (_COLUMN * sum(widths)))))
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=False)
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = scale
    heights = [sheet.row_dimensions[row].height or 15.0 for row in range(1, last + 1)]
    page = HIGH / scale * 100
    repeated = heights[head - 1]
    used = sum(heights[:head])
    starts = chapters or [head + 1]
    for start, end in zip(starts, [*starts[1:], last + 1], strict=True):
        needed = sum(heights[start - 1 : end - 1])
        if used > repeated and used + needed > page and start > head + 1:
            sheet.row_breaks.append(Break(id=start - 1))
            used = repeated
        for height in heights[start - 1 : end - 1]:
            used = repeated + height if used + height > page else used + height
