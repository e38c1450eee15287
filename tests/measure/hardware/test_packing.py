"""Trials of a network in as few images as its order allows."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.measure.hardware.packing import Packed, pack

ROOM = 10


def too_heavy(items):
    return f"{sum(items)} of {ROOM}" if sum(items) > ROOM else None


def test_neighbours_stay_together():
    assert pack([4, 4, 4, 11, 10, 1], too_heavy) == Packed(((4, 4), (4,), (10,), (1,)), ((11, "11 of 10"),))
    assert pack([], too_heavy) == Packed((), ())


@given(st.lists(st.integers(1, 12)))
def test_every_part_is_as_long_as_it_can_be(items):
    packed = pack(items, too_heavy)
    kept = [item for part in packed.parts for item in part]
    assert kept == [item for item in items if item <= ROOM]
    assert [item for item, _ in packed.refused] == [item for item in items if item > ROOM]
    assert all(part and sum(part) <= ROOM for part in packed.parts)


@given(st.lists(st.integers(1, ROOM), min_size=1))
def test_no_image_is_made_that_its_neighbour_has_room_for(items):
    parts = pack(items, too_heavy).parts
    assert all(sum(part) + after[0] > ROOM for part, after in pairwise(parts))
