"""How Sphinx makes the documents into a site, of the language that DABIAO_SITE_LANGUAGE names. See docs/decisions/0027."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = os.environ.get("DABIAO_SITE_LANGUAGE", "zh")
PAGES = {  # of each language: the first page, and the others by part
    "zh": (
        "README.zh",
        {"手册": ["docs/zh/clerk", "docs/zh/supervisor", "docs/zh/budget", "docs/zh/readings", "docs/zh/glossary"]},
    ),
    "en": (
        "README",
        {
            "Documents": sorted(f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md")),
            "Project": ["CONTRIBUTING", "SECURITY", "CHANGELOG", "docs/decisions/README"],
            "Decisions": sorted(f"docs/decisions/{path.stem}" for path in (ROOT / "docs" / "decisions").glob("0*.md")),
        },
    ),
}

project = {"zh": "达标", "en": "Dabiao"}[LANGUAGE]
html_title = project
language = {"zh": "zh_CN", "en": "en"}[LANGUAGE]
root_doc, _PARTS = PAGES[LANGUAGE]
include_patterns = [f"{name}.md" for name in (root_doc, *(name for part in _PARTS.values() for name in part))]
exclude_patterns = ["build", ".venv", ".git", "**/__pycache__"]
extensions = ["myst_parser"]
myst_heading_anchors = 6
html_theme = "alabaster"
html_theme_options = {"font_family": "system-ui, sans-serif", "page_width": "1080px", "fixed_sidebar": True}
html_theme_options |= {"show_powered_by": False, "show_relbars": False}
html_sidebars = {"**": ["about.html", "searchbox.html", "navigation.html"]}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_search_language = LANGUAGE
html_use_index = False
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]  # there is no lexer for CSV
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s:#]+)(#[^)\s]*)?\)")


class PairsOfSigns(SearchLanguage):
    """Chinese has no spaces between words: text and query are both split into pairs of neighbouring signs.

    So every query of two signs or more finds each place where it stands, whatever a dictionary takes for a word.
    """

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = """
var splitQuery = (query) => {
  const found = [];
  for (const run of query.match(/[A-Za-z0-9_]+|[\\u3400-\\u9fff]+/g) || []) {
    if (/^[A-Za-z0-9_]/.test(run) || run.length === 1) found.push(run);
    else for (let at = 0; at + 1 < run.length; at++) found.push(run.slice(at, at + 2));
  }
  return found;
};
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - the name of the library
        """Split a text into words of letters, pairs of Chinese signs, and the signs themselves."""
        found: list[str] = []
        for run in re.findall(r"[A-Za-z0-9_]+|[\u3400-\u9fff]+", input):
            found += [run] if run[0].isascii() else [*run, *(left + right for left, right in pairwise(run))]
        return found

    def word_filter(self, word: str) -> bool:
        """Keep every sign, and words of letters that are no numbers."""
        return not word.isdigit()


def show_other_language(app: Sphinx, docname: str, content: list[str]) -> None:
    """Lead links to the other language to its site, and those to a folder to its README; list all pages on the first."""
    page = ROOT / f"{docname}.md"

    def lead(link: re.Match[str]) -> str:
        text, target, anchor = link[1], link[2], link[3] or ""
        found = (page.parent / target).resolve()
        found = found / "README.md" if found.is_dir() else found
        name = found.relative_to(ROOT).as_posix()
        if found.suffix != ".md":
            return link[0]
        if name in include_patterns:
            return f"[{text}](/{name}{anchor})"
        (other,) = PAGES.keys() - {LANGUAGE}
        up = "../" * (docname.count("/") + 1)
        return f'<a href="{up}{other}/{name.removesuffix(".md")}.html{anchor}">{text}</a>'

    content[0] = LINK.sub(lead, content[0])
    if docname == root_doc:
        for caption, names in _PARTS.items():
            listed = "\n".join(f"/{name}" for name in names)
            content[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx what is ours."""
    from sphinx.search import languages

    languages["zh"] = PairsOfSigns
    app.connect("source-read", show_other_language)
    return {"parallel_read_safe": True}
