"""What all charts share: the fonts for Chinese words, the settings, and writing SVG and PNG.

The letters of an SVG stay letters, which the reader's fonts draw. A PNG is drawn here, so it needs a font: one that was
installed a moment ago is found, though matplotlib remembers the fonts of its first run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from dabiao.base.libraries import hush, require_library
from dabiao.base.problems import Location, Problem, Refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "SimHei", "Noto Serif CJK SC", "SimSun", "Noto Sans CJK JP",
)  # fmt: skip
_SAMPLE = "达标区街道张"  # what a font needs to be taken for a Chinese one, if it is none of these
_FIRST_CHINESE = "⺀"  # letters from here on are drawn by such a font

Form = Literal["svg", "png"]


def write_chart(draw: Callable[[], Figure], stream: IO[bytes], form: Form) -> None:
    """Draw a chart and write it. Raises `Refused` for a PNG with Chinese words where no installed font has them."""
    with hush("matplotlib", logging.ERROR):  # which fonts it lists, and which of those that an SVG names are not here
        with require_library("matplotlib"):
            import matplotlib as mpl

        fonts = find_chinese_fonts()
        stack = [*fonts, *(font for font in FONTS if font not in fonts), "sans-serif"]
        settings: dict[str, Any] = {
            "font.family": "sans-serif", "font.sans-serif": stack if form == "svg" else [*fonts, "DejaVu Sans"],
            "svg.fonttype": "none", "svg.hashsalt": "dabiao", "axes.unicode_minus": False, "text.parse_math": False,
        }  # fmt: skip
        with mpl.rc_context(settings):  # type: ignore[arg-type]
            figure = draw()
            if form == "png" and not fonts and _has_chinese(figure):
                raise Refused([Problem("no-chinese-font", Location("--output"), {"expected": ", ".join(FONTS[:5])})])
            figure.savefig(stream, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)


def find_chinese_fonts() -> list[str]:
    """Return the names of installed fonts that have Chinese characters, the preferred ones first; none if there are none."""
    from matplotlib import font_manager

    known = _list_known()
    if not any(font in known for font in FONTS):  # what is remembered may be older than a font
        listed = {entry.fname for entry in font_manager.fontManager.ttflist}
        for path in font_manager.findSystemFonts():
            if path not in listed:
                try:
                    font_manager.fontManager.addfont(path)
                except (OSError, RuntimeError, ValueError):  # no font, or none that can be drawn with
                    continue
        known = _list_known()
    preferred = [font for font in FONTS if font in known]
    return preferred or sorted(name for name, path in known.items() if _is_chinese(path))[:1]


def _list_known() -> dict[str, str]:
    """Return the files of the fonts that matplotlib knows and that are still there, by name."""
    from matplotlib import font_manager

    return {entry.name: entry.fname for entry in font_manager.fontManager.ttflist if Path(entry.fname).is_file()}


def _is_chinese(path: str) -> bool:
    from matplotlib import font_manager

    try:
        face = font_manager.get_font(path)
    except (OSError, RuntimeError, ValueError):
        return False
    return all(face.get_char_index(ord(sign)) for sign in _SAMPLE)


def _has_chinese(figure: Figure) -> bool:
    from matplotlib.text import Text

    texts = (part.get_text() for part in figure.findobj(Text) if isinstance(part, Text))
    return any(sign >= _FIRST_CHINESE for text in texts for sign in text)
