"""A short run of what `run.py` does at length: edited real files never break a law."""

from __future__ import annotations

import random
from functools import cache

import pytest
from dabiao.base.problems import Location, Problem
from fuzz.targets import TARGETS, Broken, mutated, told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = {"expression": 60, "number": 200, "archive": 200, "plan": 25, "xlsx": 15, "bundle": 3, "container": 6}


@cache
def corpus(name: str) -> list[bytes]:
    """Return the seeds of a target."""
    return TARGETS[name].corpus()


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_a_law(name: str) -> None:
    """Edited real files and free texts are read or refused with a place and a printable message, twice the same."""

    @settings(max_examples=EXAMPLES.get(name, 60), suppress_health_check=list(HealthCheck))
    @given(
        st.one_of(
            st.tuples(st.integers(), st.integers(0, 8)), st.text(max_size=60).map(str.encode), st.binary(max_size=60)
        )
    )
    def holds(drawn: tuple[int, int] | bytes) -> None:
        if isinstance(drawn, tuple):
            pick = random.Random(drawn[0])
            drawn = mutated(pick.choice(corpus(name)), pick, drawn[1])
        TARGETS[name].run(drawn[: TARGETS[name].longest])

    holds()


def test_the_laws_can_be_broken() -> None:
    """A problem without a place, or with a text that a terminal acts on, is found."""
    for problem in (
        Problem("duplicate-key", Location("f"), {"found": "a", "first": 1}),
        Problem("duplicate-key", Location("", 3), {"found": "a", "first": 1}),
    ):
        with pytest.raises(Broken):
            told([problem])
    assert 2 == len(told([Problem("duplicate-key", Location("f", 3), {"found": "\x1b", "first": 1})]))
