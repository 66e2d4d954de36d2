"""Draw the pictures of the README anew: `make pictures`. They show the page of the made-up sample, in Debian's Chromium."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "facts" / "samples"
CHECK = [
    sys.executable, "-m", "dabiao", "check", "yanqing", SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml",
    "--year", "2023", "--waivers", SAMPLES / "yanqing-2023.waivers.yaml", "--assignments", SAMPLES / "yanqing.assignments.yaml",
]  # fmt: skip
PICTURES = {  # file: language, width, height, the place to show
    "page.png": ("zh", 1180, 900, None),
    "page-towns.png": ("zh", 1180, 560, "matrix-town"),
    "page-years.png": ("en", 1180, 640, "drawings"),
}


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (lang, width, height, place) in PICTURES.items():
            file = Path(folder) / f"{lang}.html"
            subprocess.run([*CHECK, "--lang", lang, "-o", f"html:{file}"], check=False, cwd=ROOT)
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(file.as_uri() + (f"#{place}" if place else ""))
            page.screenshot(path=ROOT / "docs" / "pictures" / name)
        browser.close()


if __name__ == "__main__":
    main()
