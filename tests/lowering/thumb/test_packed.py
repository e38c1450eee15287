"""Packed products: two channels in a word are exact for all int8 values, and runs end before a field is full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.packed import Runs, emit_unpacked, objection, packed_bytes
from scons_tinyml.stages.lowering.thumb.raw_pairs import LIMIT
from support.effort import examples
from support.routines import CORTEX_M3, assemble

BYTES = st.integers(-128, 127) | st.sampled_from([-128, -127, -1, 0, 1, 126, 127])
MODULUS = 2**32


def wrapped(value: int) -> int:
    """`value` as a register of 32 bits with sign."""
    return (value + MODULUS // 2) % MODULUS - MODULUS // 2


def summed(
    runs: Runs, weights: NDArray[np.int8], values: NDArray[np.int8], begin: tuple[int, int]
) -> tuple[int, int]:
    """256 times both sums, by the instructions of a block: `weights` are [2, products], of one turn."""
    low, high = runs.starts(begin)
    words = weights[0].astype(int) + 2**16 * weights[1].astype(int)
    first = 0
    for length in runs.lengths:
        fields = wrapped(
            2**15 + int((words[first : first + length] * values[first : first + length].astype(int)).sum())
        )
        low, high = wrapped(low + fields), wrapped(high + (fields >> 16))
        first += length
    assert first == len(values)
    return wrapped(256 * (low - (high << 16))), wrapped(256 * high)


@settings(max_examples=examples(100))
@given(
    st.lists(st.tuples(BYTES, BYTES, BYTES), min_size=1, max_size=60),
    st.tuples(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20)),
)
def test_both_sums_are_exact(rows: list[tuple[int, int, int]], begin: tuple[int, int]) -> None:
    taken = np.array(rows, np.int8).T
    weights, values = taken[:2], taken[2]
    runs = Runs.of(weights[:, None, :])
    expected = [
        int(row.astype(int) @ values.astype(int)) + start for row, start in zip(weights, begin, strict=True)
    ]
    assert summed(runs, weights, values, begin) == tuple(256 * sum_ for sum_ in expected)


@settings(max_examples=examples(50))
@given(st.lists(BYTES, min_size=2, max_size=40), st.integers(1, 3))
def test_a_run_is_as_long_as_any_activations_allow(weights: list[int], channels: int) -> None:
    rows = np.array([np.roll(weights, shift) for shift in range(channels)], np.int8)[:, None, :]
    first = 0
    for length in Runs.of(rows).lengths:
        for count, fits in ((length, True), (length + 1, False)):
            part = rows[:, 0, first : first + count].astype(int)
            if part.shape[1] == count:
                most = np.maximum(127 * part, -128 * part).sum(1).max()
                least = np.minimum(127 * part, -128 * part).sum(1).min()
                assert (least >= -(2**15) and most < 2**15) == fits
        first += length


def test_runs_hold_for_all_turns() -> None:
    turns = np.array([[[1, 1, 127, 1], [127, 127, 127, 1]]], np.int8)
    assert Runs.of(turns[:, :1]).lengths == (4,)
    assert Runs.of(turns).lengths == (2, 2)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 11, 16, 25])
def test_bytes_are_unpacked_to_words_of_two_weights(tmp_path: Path, count: int) -> None:
    weights = np.random.default_rng(count).integers(-128, 128, (2, 1, count)).astype(np.int8)
    asm = Assembler("Unpacks", ("const int32_t *from", "int32_t *to"), dsp=False)
    emit_unpacked(asm, *asm.arguments, count, "unpack")
    _, found = assemble(asm.finish("unpack").code, tmp_path, CORTEX_M3).run(
        packed_bytes(weights).reshape(-1), np.zeros(count, np.int32)
    )
    np.testing.assert_array_equal(found, (weights[0, 0].astype(int) + 2**16 * weights[1, 0].astype(int)))


def test_sums_that_a_register_cannot_hold_256_times_are_refused() -> None:
    weights = np.full((1, 200), 127, np.int8)
    bias = LIMIT - 1 - 255 * 200 * 127
    assert objection(weights, np.array([bias], np.int32), -128) is None
    assert objection(weights, np.array([bias + 1], np.int32), -128) == (
        f"sums of channel 0 reach {bias + 1} to {LIMIT}, fields hold -2^23 to 2^23 - 1"
    )
