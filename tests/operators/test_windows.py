"""Output sizes and padding of windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.windows.axis import WindowAxis

AXES = st.builds(
    WindowAxis,
    input=st.integers(1, 40),
    window=st.integers(1, 12),
    stride=st.integers(1, 6),
    dilation=st.integers(1, 4),
    same=st.booleans(),
)


def _taps(axis: WindowAxis) -> list[list[int]]:
    """Pixels that each position of the window reads, those of the padding included."""
    return [
        [position * axis.stride - axis.padding_before + tap * axis.dilation for tap in range(axis.window)]
        for position in range(axis.output)
    ]


@given(AXES)
def test_same_has_a_position_for_every_stride(axis: WindowAxis) -> None:
    if axis.same:
        assert len(_taps(axis)) == len(range(0, axis.input, axis.stride))
        assert 0 <= axis.padding_after - axis.padding_before <= 1


@given(AXES)
def test_valid_has_all_positions_that_fit(axis: WindowAxis) -> None:
    if not axis.same:
        fits = [start for start in range(0, axis.input, axis.stride) if start + axis.extent <= axis.input]
        assert axis.output == len(fits)
        assert (axis.padding_before, axis.padding_after) == (0, 0) or not fits


@given(AXES)
def test_padding_is_what_the_last_window_needs(axis: WindowAxis) -> None:
    taps = [tap for position in _taps(axis) for tap in position]
    if taps and axis.same:
        assert max(0, -min(taps)) == axis.padding_before
        assert max(0, max(taps) - axis.input + 1) == axis.padding_after


@given(AXES)
def test_every_undilated_window_sees_the_image(axis: WindowAxis) -> None:
    """Pooling divides by the number of pixels, so that there must be one."""
    if axis.dilation == 1:
        assert all(any(0 <= tap < axis.input for tap in position) for position in _taps(axis))
