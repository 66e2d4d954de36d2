"""What every test shares: English messages unless a test asks for Chinese, and the helpers on the path, one browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

sys.path.insert(0, str(Path(__file__).parent))
if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip

settings.register_profile("dabiao", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
# a change of the code is noticed or not, the same every time; the smallest example is of no interest
settings.register_profile(
    "mutants", settings.get_profile("dabiao"), derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("dabiao")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak English whatever the machine's locale is, on lines as wide as without a window; keep nothing in a home."""
    for name in ("LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("DABIAO_CACHE", "off")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one for all tests of a process: two at a time would share a loop."""
    if not CHROMIUM.exists():
        pytest.skip("the system has no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()
