"""Raw pairs: the products are exact for all int8 values, and ranges are proven or refused at their ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.implementation import Implementation, Refusal
from scons_tinyml.stages.lowering.thumb.raw_pairs import LIMIT, RawPairs, raw_pairs, sums_within_reach
from support.cases import Case
from support.effort import examples
from support.generated_layers import lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4
from support.tflite_builder import NetworkBuilder

BYTES = st.integers(-128, 127) | st.sampled_from([-128, -127, -1, 0, 1, 126, 127])


def lanes(words: NDArray[np.int32]) -> NDArray[np.int64]:
    """The two signed halves of each word."""
    return words.view(np.uint32)[..., None].view(np.int16).astype(np.int64)


def summed(pairs: RawPairs, channel: int, activations: NDArray[np.int8]) -> int:
    """The register after all instructions, in their arithmetic: lanes of 16 bits, sums modulo 2**32."""
    padded = np.pad(activations.astype(np.int64), (0, -len(activations) % 4))
    x = padded[1::2] - 127
    z = 256 * padded[0::2] - x
    assert -(2**15) <= min(x.min(), z.min()) <= max(x.max(), z.max()) < 2**15
    weights = lanes(pairs.words[channel]).reshape(-1)
    lower = (weights + 128) % 256 - 128  # SXTB16
    total = int(pairs.starts[channel]) + int((weights * x + lower * z).sum())
    return (total + 2**31) % 2**32 - 2**31


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(BYTES, BYTES), min_size=1, max_size=40), st.integers(-(2**20), 2**20), BYTES)
def test_products_are_exact(values: list[tuple[int, int]], bias: int, zero_point: int) -> None:
    weights, activations = (np.array(row, np.int8) for row in zip(*values, strict=True))
    pairs = raw_pairs(weights[None], np.array([bias], np.int32), zero_point)
    if isinstance(pairs, str):
        padded = np.pad(weights.astype(int), (0, len(weights) % 2))
        assert ((padded[1::2] == -128) & (padded[0::2] < 0)).any()
        return
    expected = int(weights.astype(int) @ (activations.astype(int) - zero_point)) + bias
    assert summed(pairs, 0, activations) == 256 * expected
    assert pairs.low[0] <= expected <= pairs.high[0]


def test_the_reach_is_met_at_both_ends() -> None:
    weights = np.array([[-127, 5, 0, 127, -1]], np.int8)
    low, high = sums_within_reach(weights, np.array([7], np.int32), 3)
    for end, value in ((int(low[0]), -1), (int(high[0]), 1)):
        best = np.where(weights[0].astype(int) * value > 0, 127, -128)
        assert weights[0].astype(int) @ (best - 3) + 7 == end


def layer(weights: NDArray[np.int8], bias: int, given: NDArray[np.int8]) -> Case:
    """FULLY_CONNECTED of one output, with a zero point of -128."""
    net = NetworkBuilder()
    source = net.activation(given.shape, "int8", scale=0.5, zero_point=-128)
    taps = net.constant(weights, scales=(1.0,))
    offset = net.constant(np.array([bias], np.int32), scales=(0.5,))
    output = net.activation((1, 1), "int8", scale=0.5 * 2**16, zero_point=0)
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [source, taps, offset], [output], **options)
    return Case(net.finish([source], [output]), (given,))


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_up_to_the_limit_are_taken_and_right(tmp_path: Path, sign: int) -> None:
    """255 * 127 * 200 and a bias reach the last sum that a register holds 256 times; one more is refused."""
    weights = np.full((1, 200), 127 * sign, np.int8)
    limit = LIMIT - 1 if sign > 0 else -LIMIT
    bias = limit - 255 * 200 * 127 * sign
    case = layer(weights, bias, np.full((1, 200), 127, np.int8))
    (found,) = lowered(case, CORTEX_M4)
    assert isinstance(found, Implementation)
    for result in results(found, case, CORTEX_M4, tmp_path):
        np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs))
    assert lowered(layer(weights, bias + sign, case.inputs[0]), CORTEX_M4) == (
        Refusal(
            "generated/fully_connected",
            f"sums of channel 0 reach {bias + 1 if sign > 0 else limit - 1} to "
            f"{limit + 1 if sign > 0 else bias - 1}, raw pairs hold -2^23 to 2^23 - 1",
        ),
    )


def test_a_weight_that_a_lane_cannot_hold_is_refused() -> None:
    bias = np.zeros(1, np.int32)
    assert not isinstance(raw_pairs(np.array([[0, -128]], np.int8), bias, 0), str)
    assert raw_pairs(np.array([[-1, -128]], np.int8), bias, 0) == (
        "weight -128 of channel 0 has a negative neighbour, and a lane of 16 bits holds both"
    )
