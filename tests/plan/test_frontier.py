"""The frontier is exactly the assignments that no other beats, found by looking at all of them."""

from __future__ import annotations

from hypothesis import given, settings
from tests.plan.problems import all_choices, figures_of, problems

from scons_tinyml.stages.explain.frontier import frontier
from scons_tinyml.stages.plan.problem import Problem
from support.effort import examples

NAMES = ("cycles", "flash_bytes", "ram_bytes")


def beats(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def frontier_of_all(problem: Problem) -> set[tuple[int, ...]]:
    costs = {figures_of(problem, choice, NAMES) for choice in all_choices(problem)}
    return {cost for cost in costs if not any(beats(other, cost) for other in costs)}


@settings(max_examples=examples(40), deadline=None)
@given(problems(max_layers=4))
def test_every_assignment_that_no_other_beats_and_none_else(problem):
    found = frontier([problem], most_points=10_000)
    costs = [figures_of(problem, point.choice, NAMES) for point in found.points]
    assert len(set(costs)) == len(costs)
    assert set(costs) == frontier_of_all(problem)
    assert not found.cut


@settings(max_examples=examples(20), deadline=None)
@given(problems(max_layers=3))
def test_a_frontier_that_is_cut_says_so(problem):
    whole = frontier([problem], most_points=10_000)
    cut = frontier([problem], most_points=1)
    assert cut.cut == (len(whole.points) > 1)
    assert len(cut.points) == 1
