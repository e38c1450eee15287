"""Points that no other one beats."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.explore.front import beats, front, thinned

POINTS = st.lists(st.tuples(*[st.integers(0, 6).map(float)] * 3), max_size=30)


def itself(point: tuple[float, ...]) -> tuple[float, ...]:
    return point


@given(POINTS)
def test_a_front_has_what_nothing_beats_and_nothing_else(points):
    found = front(points, itself)
    assert len(found) == len(set(found))
    for point in points:
        beaten = any(beats(other, point) for other in points)
        assert (point in found) is not beaten


@given(POINTS.filter(len), st.integers(1, 10))
def test_a_thinned_front_has_the_best_of_each_figure_first(points, most):
    chosen = thinned(points, itself, most)
    assert len(chosen) == min(most, len(points))
    if most >= 3:
        assert [min(point[of] for point in chosen) for of in range(3)] == [
            min(point[of] for point in points) for of in range(3)
        ]


def test_points_that_are_chosen_lie_far_from_each_other():
    line = [(float(x), 10.0 - x) for x in range(11)]
    assert thinned(line, itself, 3) == [(0.0, 10.0), (5.0, 5.0), (10.0, 0.0)]
    assert beats((1, 1), (1, 2))
    assert not beats((1, 1), (1, 1))
    assert not beats((0, 3), (1, 2))
