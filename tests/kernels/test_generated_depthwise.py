"""Depthwise functions give the bytes of TensorFlow Lite Micro on random layers, on every core that can run them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint, quantize_multiplier
from scons_tinyml.stages.graph.families.windows.geometry import EXPLICIT
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered, Refusal
from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, expected, thresholds
from scons_tinyml.stages.project_code import importing_from
from support.arm_machine import CORES, Core
from support.cases import Case
from support.depthwise_layers import LARGE_FILTERS, SMALL_FILTERS, depthwise
from support.effort import examples
from support.generated_layers import lowered, results
from support.kernel_calls import KERNELS
from support.oracle import run_oracle
from support.routines import CORTEX_M0PLUS, CORTEX_M3, CORTEX_M4
from support.tflite_builder import NetworkBuilder

with importing_from(KERNELS / "generated"):
    from _depthwise_scaled import Scaled, scaled_sums
    from _weighted import WeightedLayer

LAYERS = {
    "small filters": depthwise(SMALL_FILTERS),
    "small filters, RELU": depthwise(SMALL_FILTERS, relu=True),
    "long runs": depthwise(((3, 3), (1, 3), (3, 1)), 30, relu=True),
    "large filters": depthwise(LARGE_FILTERS),
}
KNOWN_REASONS = re.compile(r"sums of channel|no proven constants")


def assert_equal(case: Case, found: Sequence[Lowered], core: Core, folder: Path) -> None:
    """All schedules give the oracle's bytes, in place too; where there is none, the reason is a known one."""
    assert found
    wanted = run_oracle(case.graph, case.inputs)
    for item in found:
        if isinstance(item, Refusal):
            assert KNOWN_REASONS.search(item.reason)
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_depthwise_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(
        max_examples=examples(12 if core in (CORTEX_M0PLUS, CORTEX_M3, CORTEX_M4) else 3), deadline=None
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(layers)
        found = lowered(case, core)
        for item in found:
            event(item.name if isinstance(item, Implementation) else item.reason.partition("channel")[0])
        assert_equal(case, found, core, tmp_path_factory.mktemp("depthwise"))

    check()


@settings(max_examples=examples(3), deadline=None)
@given(case=depthwise(((1, 150), (150, 1)), 6))
def test_rows_of_a_filter_may_be_longer_than_a_jump(
    tmp_path_factory: pytest.TempPathFactory, case: Case
) -> None:
    assert_equal(case, lowered(case, CORTEX_M0PLUS), CORTEX_M0PLUS, tmp_path_factory.mktemp("depthwise"))


@settings(max_examples=examples(4), deadline=None)
@given(case=depthwise(((3, 3), (5, 5))))
def test_without_an_fpu_slots_are_on_the_stack(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    found = lowered(case, CORTEX_M4, ("dsp",))
    assert not any("vmov" in item.code.text for item in found if isinstance(item, Implementation))
    assert_equal(case, found, CORTEX_M4, tmp_path_factory.mktemp("depthwise"))


@settings(max_examples=examples(12), deadline=None)
@given(
    case=depthwise(SMALL_FILTERS, relu=True, paddings=("VALID",)),
    cut=st.tuples(*[st.integers(0, 4)] * 4),
)
def test_any_padding_equals_an_input_with_zero_points(
    tmp_path_factory: pytest.TempPathFactory, case: Case, cut: tuple[int, int, int, int]
) -> None:
    """A fused PAD: what is cut off a layer's input is padding, also where windows lie in it alone."""
    values = case.inputs[0].copy()
    height, width = values.shape[1:3]
    top, left = min(cut[0], height - 1), min(cut[1], width - 1)
    bottom, right = min(cut[2], height - 1 - top), min(cut[3], width - 1 - left)
    inside = (slice(None), slice(top, height - bottom), slice(left, width - right))
    index = case.view.layer.inputs[0]
    quantization = case.graph.tensors[index].quantization
    assert quantization is not None
    padded = np.full_like(values, quantization.zero_points[0])
    padded[inside] = values[inside]
    wanted = run_oracle(case.graph, (padded,))
    tensors = list(case.graph.tensors)
    tensors[index] = replace(tensors[index], shape=padded[inside].shape)
    sides = {"padding_top": top, "padding_bottom": bottom, "padding_left": left, "padding_right": right}
    layer = replace(case.view.layer, options={**case.view.layer.options, "padding": EXPLICIT, **sides})
    graph = replace(case.graph, tensors=tuple(tensors), layers=(layer,))
    cropped = Case(graph, (np.ascontiguousarray(padded[inside]),))
    for item in lowered(cropped, CORTEX_M4):
        assert isinstance(item, Implementation)
        for result in results(item, cropped, CORTEX_M4, tmp_path_factory.mktemp("depthwise")):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


def layer_of_ones(sides: tuple[int, int], size: int, stride: int, channels: int = 4) -> Case:
    """An image with a square filter."""
    net = NetworkBuilder()
    given = net.activation((1, *sides, channels), "int8", scale=0.5, zero_point=-128)
    filters = net.constant(np.ones((1, size, size, channels), np.int8), scales=(0.1,))
    shape = (1, *(-(-side // stride) for side in sides), channels)
    output = net.activation(shape, "int8", scale=float(size), zero_point=-128)
    steps = {"stride_h": stride, "stride_w": stride, "dilation_h_factor": 1, "dilation_w_factor": 1}
    options = {"padding": "SAME", "depth_multiplier": 1, "fused_activation_function": "RELU"}
    net.layer("DEPTHWISE_CONV_2D", [given, filters], [output], **steps, **options)
    return Case(net.finish([given], [output]), (np.ones((1, *sides, channels), np.int8),))


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [3, 6, 12, 25, 48])
def test_loops_stay_in_the_instruction_cache(side: int, stride: int, size: int) -> None:
    found = lowered(layer_of_ones((side, side), size, stride, 64), CORTEX_M4)
    assert [item.name.rpartition("_")[2] for item in found] == ["4", "1"]
    for item in found:
        assert isinstance(item, Implementation)
        assert item.in_place == (stride == 1)
        sizes = re.findall(r"(\d+) in the loop", item.code.text)
        assert max(map(int, sizes), default=0) <= LOOP_BYTES


@pytest.mark.parametrize(
    ("height", "width", "channels"), [(3, 530, 8), (2, 1100, 1), (4, 6, 2100), (5, 290, 20)]
)
@pytest.mark.parametrize("size", [3, 5])
def test_rows_and_pixels_further_apart_than_offsets_reach(
    tmp_path: Path, size: int, height: int, width: int, channels: int
) -> None:
    case = layer_of_ones((height, width), size, 1, channels)
    random = np.random.default_rng(0)
    values = random.integers(-128, 128, case.inputs[0].shape).astype(np.int8)
    changed = replace(case, inputs=(values,))
    assert_equal(changed, lowered(changed, CORTEX_M4), CORTEX_M4, tmp_path)


@pytest.mark.parametrize("zero_point", [-128, 0])
@pytest.mark.parametrize("sides", [(1, 1), (3, 4)])
def test_registers_suffice_for_every_filter(zero_point: int, sides: tuple[int, int]) -> None:
    """Of up to 24 taps; with a zero point of 0, factors of TFLM's own roundings take three registers."""
    random = np.random.default_rng(0)
    for height, width in [(h, w) for h in range(1, 13) for w in range(1, 13) if h * w <= 24]:
        net = NetworkBuilder()
        given = net.activation((1, *sides, 3), "int8", scale=0.5, zero_point=-128)
        taps = random.integers(-127, 128, (1, height, width, 3)).astype(np.int8)
        filters = net.constant(taps, scales=(0.01, 0.07, 0.002), axis=3)
        output = net.activation((1, *sides, 3), "int8", scale=1.0, zero_point=zero_point)
        steps = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
        options = {"padding": "SAME", "depth_multiplier": 1, "fused_activation_function": "NONE"}
        net.layer("DEPTHWISE_CONV_2D", [given, filters], [output], **steps, **options)
        case = Case(net.finish([given], [output]), (np.zeros((1, *sides, 3), np.int8),))
        assert all(isinstance(item, Implementation) for item in lowered(case, CORTEX_M4))


def test_a_filter_whose_rows_are_too_long_is_refused() -> None:
    (item,) = lowered(layer_of_ones((2, 2), 160, 1), CORTEX_M4)
    assert isinstance(item, Refusal)
    assert item.reason == "a filter of 160x160 takes more code than an instruction cache holds"


def test_layers_of_one_shape_share_their_function() -> None:
    """Cycles do not depend on weights, so neither do rows of the cost database."""
    digests = set()
    for seed in range(3):
        case = layer_of_ones((8, 8), 3, 1)
        random = np.random.default_rng(seed)
        weights = random.integers(-127, 128, 36).astype(np.int8).tobytes()
        tensors = list(case.graph.tensors)
        index = case.view.layer.inputs[1]
        tensors[index] = replace(tensors[index], data=weights)
        changed = Case(replace(case.graph, tensors=tuple(tensors)), case.inputs)
        digests.add(tuple(item.code_digest for item in lowered(changed, CORTEX_M4)))  # type: ignore[union-attr]
    assert len(digests) == 1


@st.composite
def weighted_layers(draw: st.DrawFn) -> WeightedLayer:
    """Layers of one channel with any weights, bias, factor and output."""
    taps = draw(
        st.lists(st.integers(-128, 127) | st.sampled_from([-128, -127, 127]), min_size=1, max_size=25)
    )
    bias = draw(st.integers(-(2**31), 2**31 - 1) | st.integers(-(2**15), 2**15))
    multiplier = draw(st.integers(2**30, 2**31 - 1) | st.sampled_from([0, 2**30, 2**30 + 1, 2**31 - 1]))
    zero_point = draw(st.sampled_from([-128, -128, 127]) | st.integers(-128, 127))
    least = zero_point if draw(st.booleans()) else draw(st.integers(-128, 127))
    return WeightedLayer(
        np.array([taps], np.int8),
        np.array([bias], np.int32),
        draw(st.sampled_from([-128, 127]) | st.integers(-128, 127)),
        (FixedPoint(multiplier, draw(st.integers(-12, 1) | st.integers(-31, 8))),),
        OutputRange(zero_point, least, draw(st.integers(least, 127) | st.just(127))),
    )


def tried(sums: Sums, output: OutputRange) -> list[int]:
    """Sums at both sides of all thresholds and at the ends."""
    found = {int(first) + step for first in thresholds(sums, output) for step in (-1, 0, 1)}
    found |= {sums.low, sums.low + 1, sums.high, sums.high - 1}
    return sorted(number for number in found if sums.low <= number <= sums.high)


@settings(max_examples=examples(150))
@given(weighted_layers())
def test_scaled_sums_give_the_outputs_of_all_sums_within_reach(layer: WeightedLayer) -> None:
    found = scaled_sums(layer)
    if isinstance(found, str):
        event(found.partition(" channel")[0])
        return
    event(type(found.requantization).__name__)
    (sums,), scale, start = layer.sums(), int(found.scales[0]), int(found.starts[0])
    assert scale * int(np.abs(layer.weights.astype(int)).max()) * bool(layer.live[0]) < 2**15
    without_start = int(layer.bias[0]) - layer.input_zero_point * int(layer.weights.astype(int).sum())
    for value in tried(sums, layer.output):
        held = scale * (value - without_start) + start if layer.live[0] else start
        register = (held + 2**31) % 2**32 - 2**31
        assert found.requantization.output(0, register) == expected(sums, layer.output, value)


def test_most_layers_are_requantized_in_two_instructions() -> None:
    """Sums of 3x3 filters with RELU, whose factors are those of trained networks."""
    random = np.random.default_rng(0)
    channels = 100
    weights = random.integers(-127, 128, (channels, 9)).astype(np.int8)
    factors = random.uniform(0.002, 0.05, channels)
    layer = WeightedLayer(
        weights,
        random.integers(-20000, 20000, channels).astype(np.int32),
        -128,
        tuple(map(quantize_multiplier, factors.tolist())),
        OutputRange(-128),
    )
    found = scaled_sums(layer)
    assert not isinstance(found, str)
    assert isinstance(found.requantization, Scaled)
    assert found.requantization.cycles == 2


@pytest.mark.parametrize("shift", [9, 31])
def test_refusals_say_which_sums_do_not_fit(shift: int) -> None:
    layer = WeightedLayer(
        np.array([[1]], np.int8), np.array([2**30], np.int32), 0, (FixedPoint(2**30, shift),), OutputRange(0)
    )
    found = scaled_sums(layer)
    assert found == "sums of channel 0 reach 1073741696 to 1073741951, which 32 bits do not hold"
