"""A network is judged by what a board measured, or by the emulator: never by some of each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.test_assign import network

from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.stages.plan.assign import Candidate, Measurement, Source, assign
from scons_tinyml.stages.plan.evidence import NOT_ON_BOARD, in_one_class
from scons_tinyml.stages.plan.measurements import measurements_from_json, measurements_to_json
from scons_tinyml.stages.plan.question import only_from
from scons_tinyml.stages.plan.record import HardwareRow

EMULATED = Source("1" * 64, "emulator", "2024-01-02T03:04:05+00:00", "cortex-m4-3", "stm32l4")
BOARD = Source("2" * 64, "hardware", "2024-01-03T03:04:05+00:00", "bench-1", "stm32l4")


def candidate(kernel: str, emulated: int, on_board: int | None = None, *, proven: bool = True) -> Candidate:
    other = None if on_board is None else Measurement(on_board, BOARD)
    return Candidate(kernel, emulated, proven, 0, source=EMULATED, other=other)


def cycles(found):
    return {layer: [one.cycles for one in candidates] for layer, candidates in found.items()}


def test_a_board_that_measured_every_layer_decides():
    """In the emulator a/x is the faster one, on the board b/x; c/x was not measured there."""
    measured = {0: (candidate("a/x", 90, 120), candidate("b/x", 100, 110), candidate("c/x", 10))}
    found = in_one_class(measured)
    assert cycles(found) == {0: [120, 110, None]}
    assert found[0][0].other == Measurement(90, EMULATED)
    plan = assign(network(), found)[0]
    assert (plan.kernel, plan.cycles, plan.evidence, plan.emulator_cycles) == ("b/x", 110, "hardware", 100)
    assert (plan.measured_by, plan.cycles_in_emulator) == ("bench-1 on stm32l4", 100)
    assert [other.reason for other in plan.rejected] == ["slower: 120 cycles against 110", NOT_ON_BOARD]


PACK = PackOrigin("team", "a" * 64)
FOREIGN = replace(BOARD, pack=PACK)


def test_rows_of_others_are_recorded_and_do_not_decide_without_consent():
    row = Measurement(1, FOREIGN)
    trusted = Measurement(1, replace(FOREIGN, trusted=True))
    alone = {0: (replace(candidate("a/x", 90), other=row),)}
    assert in_one_class(alone) == alone
    shown = assign(network(), in_one_class(alone))[0]
    assert (shown.cycles, shown.evidence, shown.pack) == (90, "emulator", None)
    assert shown.hardware == HardwareRow(1, "bench-1 on stm32l4", BOARD.measured_at, PACK, decides=False)
    consented = in_one_class({0: (replace(candidate("a/x", 90), other=trusted),)})
    decided = assign(network(), consented)[0]
    assert (decided.cycles, decided.evidence, decided.pack, decided.emulator_cycles) == (
        1,
        "hardware",
        PACK,
        90,
    )
    assert decided.hardware is not None and decided.hardware.decides


def test_one_row_without_consent_among_those_of_a_board_is_no_choice():
    """b/x would win by one cycle of somebody; the board here has measured a/x alone."""
    forged = replace(candidate("b/x", 100), other=Measurement(1, FOREIGN))
    found = in_one_class({0: (candidate("a/x", 90, 120), forged)})
    assert cycles(found) == {0: [120, None]}
    assert found[0][1].reason == NOT_ON_BOARD


@pytest.mark.parametrize(
    "gap",
    [
        candidate("a/x", 7),
        candidate("a/x", 7, 8, proven=False),
        replace(candidate("a/x", 7, 8), reason="output differs"),
    ],
)
def test_one_layer_without_a_row_that_can_be_used_leaves_all_to_the_emulator(gap):
    measured = {0: (candidate("a/x", 90, 120),), 1: (gap,)}
    assert in_one_class(measured) == measured


def test_kernels_that_are_left_out_do_not_count():
    """kernels=a: the only row of a board for layer 1 is of b."""
    measured = {0: (candidate("a/x", 9, 12),), 1: (candidate("a/x", 9), candidate("b/x", 9, 12))}
    assert cycles(only_from(["a", "b"], measured)) == {0: [12], 1: [None, 12]}
    assert cycles(only_from(["a"], measured)) == {0: [9], 1: [9, 9]}


def test_an_emulated_plan_says_so():
    plan = assign(network(), in_one_class({0: (candidate("a/x", 90),)}))[0]
    assert (plan.evidence, plan.measured_by, plan.emulator_cycles) == ("emulator", "cortex-m4-3", None)
    assert plan.cycles_in_emulator == 90


def test_both_rows_are_in_the_file():
    foreign = replace(candidate("d/x", 90), other=Measurement(1, FOREIGN))
    measured = {
        0: (
            candidate("a/x", 90, 120),
            candidate("b/x", 100),
            Candidate("c/x", None, False, 0, "unfit"),
            foreign,
        )
    }
    assert measurements_from_json(measurements_to_json(measured)) == measured


ROWS = st.lists(
    st.lists(
        st.tuples(st.integers(1, 999), st.none() | st.integers(1, 999), st.booleans()), min_size=1, max_size=4
    ),
    min_size=1,
    max_size=5,
)


@given(ROWS)
def test_no_choice_ever_mixes(rows):
    measured = {
        layer: tuple(
            candidate(f"set/{number}", emulated, board, proven=proven)
            for number, (emulated, board, proven) in enumerate(found)
        )
        for layer, found in enumerate(rows)
    }
    complete = all(any(proven and board for _, board, proven in found) for found in rows)
    classes = {
        one.source.evidence
        for found in in_one_class(measured).values()
        for one in found
        if one.cycles is not None
    }
    assert classes == ({"hardware"} if complete else {"emulator"})
