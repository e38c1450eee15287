"""Trainings that end halfway, for a variant that needs no more and is far ahead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.trial.racing import MARGIN, behind, rival_of, rivals_of
from scons_tinyml.stages.trial.records import Basis, Rival, Sketch, Work
from support.explorations import tried

SIZES = st.integers(1, 5)


def sketch(weights: int, arena: int, work: int) -> Sketch:
    return Sketch(weights, arena, work, (Work("CONV_2D", "CONV_2D 3x3", work),))


def basis(cycles: int) -> Basis:
    return Basis("b", 1_000_000, 9, 9, cycles, 1.0, sketch(3, 3, 3), {"CONV_2D 3x3": cycles}, {})


@given(st.lists(st.tuples(SIZES, SIZES, SIZES, st.floats(0, 1)), max_size=6), SIZES, SIZES, SIZES)
def test_a_rival_needs_no_more_of_anything_and_is_the_best_of_these(
    others: list[tuple[int, int, int, float]], weights: int, arena: int, work: int
) -> None:
    rivals = tuple(Rival(str(number), sketch(*one[:3]), one[3]) for number, one in enumerate(others))
    found = rival_of(sketch(weights, arena, work), (basis(100),), rivals)
    smaller = [one[3] for one in others if one[0] <= weights and one[1] <= arena and one[2] <= work]
    assert (found is None) == (not smaller)
    if found is not None:
        assert found.halfway == max(smaller)


def test_one_that_is_far_behind_ends_and_says_why() -> None:
    rival = Rival("width=0.5", sketch(1, 1, 1), 0.9)
    assert behind(0.9 - MARGIN / 2, rival) == behind(0.1, None) == ""
    assert behind(0.8, rival) == (
        "80.0% validated after half of the epochs, and 90.0% with width=0.5, which needs no more"
    )


def test_rivals_were_trained_to_the_end() -> None:
    whole = tried("")
    stopped = replace(whole, accuracy=None, stopped="far behind")
    regression = replace(whole, halfway=None)
    assert [one.variant for one in rivals_of([stopped, regression, whole])] == [""]
    assert rivals_of([whole])[0].halfway == pytest.approx(whole.accuracy - 0.1)
