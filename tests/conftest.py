"""What every test shares: English messages unless a test asks for Chinese, and the helpers on the path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("dabiao", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
# a change of the code is noticed or not, the same every time; the smallest example is of no interest
settings.register_profile(
    "mutants", settings.get_profile("dabiao"), derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("dabiao")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak English whatever the machine's locale is, on lines as wide as without a window."""
    for name in ("LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
