"""Generated functions of layers without weights give the bytes of TensorFlow Lite Micro, on every core."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import TensorType
from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation, Refusal
from support.arm_machine import CORES, Core
from support.cases import CASES, Case
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE, SHARED
from support.generated_layers import assert_oracle, lowered, results
from support.generated_values import (
    alike_rows,
    averaged,
    every_pair,
    limited,
    per_channel,
    pooled,
    with_constant,
)
from support.oracle import run_oracle
from support.routines import CORTEX_M4
from support.tflite_builder import NetworkBuilder

Shape = tuple[int, ...]

ONE_VALUE = [ELEMENTWISE[name, "int8"] for name in (*SHARED["LOOKUP"], "QUANTIZE")]
LAYERS = {
    "add": ELEMENTWISE["ADD", "int8"],
    "add per channel": per_channel("ADD"),
    "sub": ELEMENTWISE["SUB", "int8"],
    "average": pooled("AVERAGE_POOL_2D"),
    "extremes": st.sampled_from(["MAXIMUM", "MINIMUM"]).flatmap(
        lambda name: ELEMENTWISE[name, "int8"] | alike_rows(name)
    ),
    "max": pooled("MAX_POOL_2D"),
    "mean": averaged(),
    "mul": ELEMENTWISE["MUL", "int8"],
    "mul per channel": per_channel("MUL"),
    "with a constant": st.sampled_from(["ADD", "SUB", "MUL"]).flatmap(with_constant),
    "one value": st.one_of(*ONE_VALUE, CASES["RELU"]("int8"), CASES["RELU6"]("int8"), limited()),
    "prelu": ELEMENTWISE["PRELU", "int8"] | per_channel("PRELU"),
    "softmax": CASES["SOFTMAX"]("int8"),
}
EXAMPLES = 20


def implementations_of(case: Case, core: Core) -> list[Implementation]:
    return [item for item in lowered(case, core) if isinstance(item, Implementation)]


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    """All schedules give the oracle's bytes."""
    assert_oracle(lowered(case, core), case, core, folder)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_generated_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, name: str, core: Core) -> None:
    @settings(max_examples=examples(EXAMPLES if core is CORTEX_M4 else 4), deadline=None)
    @given(LAYERS[name])
    def check(case: Case) -> None:
        assert_equal(case, core, tmp_path_factory.mktemp("generated"))

    check()


EVERY_PAIR = {
    "many halves": ("ADD", (1.0, 0.5, 1.0)),
    "scales far apart": ("SUB", (0.003, 0.3, 0.2)),
    "sums mostly out of range": ("ADD", (0.8, 1.0, 0.05)),
    "no constants": ("ADD", (0.7, 0.9, 60.0)),
    "products": ("MUL", (0.5, 0.25, 16.0)),
    "products mostly out of range": ("MUL", (0.9, 0.8, 1.5)),
    "products of whole numbers": ("MUL", (1.0, 1.0, 1.0)),
}


@pytest.mark.parametrize(("operator", "scales"), EVERY_PAIR.values(), ids=EVERY_PAIR)
@pytest.mark.parametrize(
    ("zero_points", "activation"),
    [
        ((-128, 127, 0), "NONE"),
        ((0, 0, 0), "RELU_N1_TO_1"),
        ((5, -77, -120), "RELU6"),
        ((3, -128, -128), "NONE"),
        ((3, -7, -128), "RELU"),
    ],
)
@pytest.mark.parametrize("core", [CORES[0], CORTEX_M4], ids=lambda core: core.name)
def test_every_pair_of_values_gives_the_oracles_byte(
    tmp_path: Path,
    core: Core,
    operator: str,
    scales: tuple[float, float, float],
    zero_points: tuple[int, int, int],
    activation: str,
) -> None:
    case = every_pair(operator, scales, zero_points, activation)
    (item,) = implementations_of(case, core)
    wanted = run_oracle(case.graph, case.inputs)
    for result in results(item, case, core, tmp_path):
        np.testing.assert_array_equal(result, wanted, strict=True)


PRODUCTS = {
    "plain": ((3, -7, -128), 600.0, {"smmla"}),
    "larger lanes of values without sign": ((3, -128, -128), 1.0, {"smmla", "eor"}),
    "larger lanes of others": ((3, -7, -128), 1.0, {"smmla", "shadd16"}),
    "results of both signs": ((3, -7, 5), 1.0, {"smmlar", "sadd16"}),
}


@pytest.mark.parametrize(("zero_points", "scale", "instructions"), PRODUCTS.values(), ids=PRODUCTS)
def test_products_take_no_more_instructions_than_their_quantization_needs(
    zero_points: tuple[int, int, int], scale: float, instructions: set[str]
) -> None:
    """Factors that are not small need more bits of the product, in lanes of larger values."""
    case = every_pair("MUL", (0.0413, 0.522, scale), zero_points)
    (item,) = implementations_of(case, CORTEX_M4)
    assert isinstance(item.code, GeneratedCode)
    found = set(re.findall(r"\b(smmla|smmlar|eor|shadd16|sadd16)\b", item.code.text))
    assert found == instructions


def test_sums_of_most_sizes_and_scales_share_their_function() -> None:
    def function(size: int, scale: float) -> str:
        case = pair("ADD", ((size,), (size,), (size,)), (scale, 0.5, 0.7))
        return implementations_of(case, CORTEX_M4)[0].function

    assert function(64, 0.5) == function(6400, 0.2)
    assert function(64, 0.5) != function(65, 0.5)


def test_windows_of_any_number_of_pixels_have_proven_means(tmp_path: Path) -> None:
    """Sums of all sizes at the ends, halves on both sides of zero, with and without room in lanes of 16 bits."""
    for pixels in (1, 2, 3, 9, 255, 256, 257):
        case = column(pixels)
        for core in (CORTEX_M4, CORES[0]):
            (item,) = implementations_of(case, core)
            (result,) = results(item, case, core, tmp_path)
            np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs), strict=True)
            assert isinstance(item.code, GeneratedCode)
            assert (f"/ {pixels}" in item.code.text) == (pixels > 256)


@pytest.mark.parametrize("core", [CORES[0], CORTEX_M4], ids=lambda core: core.name)
@pytest.mark.parametrize("window", [(1, 300), (17, 17), (4, 301)], ids=str)
@pytest.mark.parametrize("value", [-128, 127])
def test_sums_of_more_pixels_than_a_lane_holds(
    tmp_path: Path, core: Core, window: tuple[int, int], value: int
) -> None:
    """Windows that pass the border too, in whole rows and in parts of rows."""
    net = NetworkBuilder()
    shape = (1, window[0] + 1, window[1] - 1, 4)
    source, output = (net.activation(shape, "int8", scale=0.5, zero_point=0) for _ in range(2))
    options = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
    options |= {"filter_height": window[0], "filter_width": window[1]}
    net.layer("AVERAGE_POOL_2D", [source], [output], **options, fused_activation_function="NONE")
    case = Case(net.finish([source], [output]), (np.full(shape, value, np.int8),))
    (item,) = implementations_of(case, core)
    (result,) = results(item, case, core, tmp_path)
    np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs), strict=True)


def column(pixels: int) -> Case:
    """Return an AVERAGE_POOL_2D of windows of `pixels` in a column, with 256 channels of sums all over the range."""
    net = NetworkBuilder()
    source = net.activation((1, pixels, 1, 256), "int8", scale=0.5, zero_point=0)
    output = net.activation((1, 1, 1, 256), "int8", scale=0.5, zero_point=0)
    options = {"padding": "VALID", "stride_h": 1, "stride_w": 1, "filter_height": pixels, "filter_width": 1}
    net.layer("AVERAGE_POOL_2D", [source], [output], **options, fused_activation_function="NONE")
    values = np.tile(np.arange(-128, 128), (pixels, 1))
    values[: pixels // 2, 1:-1] -= 1
    values[0, ::3] = -128
    return Case(net.finish([source], [output]), (values.astype(np.int8).reshape(1, pixels, 1, 256),))


def pair(
    operator: str,
    shapes: tuple[Shape, Shape, Shape],
    scales: tuple[float, float, float],
    kind: TensorType = "int8",
) -> Case:
    net = NetworkBuilder()
    first, second, output = (
        net.activation(shape, kind, scale=scale, zero_point=0)
        for shape, scale in zip(shapes, scales, strict=True)
    )
    net.layer(operator, [first, second], [output], fused_activation_function="NONE")
    return Case(net.finish([first, second], [output]), ())


def alike(operator: str, shapes: tuple[Shape, ...]) -> Case:
    """Return a layer of inputs and an output, the last of `shapes`, that are quantized alike."""
    net = NetworkBuilder()
    *inputs, output = (net.activation(shape, "int8", scale=0.5, zero_point=-3) for shape in shapes)
    net.layer(operator, inputs, [output])
    return Case(net.finish(inputs, [output]), ())


def scaled(operator: str, *scales: float) -> Case:
    net = NetworkBuilder()
    source, output = (net.activation((8,), "int8", scale=scale, zero_point=0) for scale in scales)
    net.layer(operator, [source], [output])
    return Case(net.finish([source], [output]), ())


def pool(operator: str, channels: int) -> Case:
    net = NetworkBuilder()
    source = net.activation((1, 4, 4, channels), "int8", scale=0.5, zero_point=0)
    output = net.activation((1, 2, 2, channels), "int8", scale=0.5, zero_point=0)
    options = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
    net.layer(operator, [source], [output], **options, fused_activation_function="NONE")
    return Case(net.finish([source], [output]), ())


def mean(axes: list[int], left: Shape) -> Case:
    net = NetworkBuilder()
    source = net.activation((2, 3, 4, 5), "int8", scale=0.5, zero_point=0)
    output = net.activation(left, "int8", scale=0.5, zero_point=0)
    net.layer("MEAN", [source, net.constant(np.array(axes, np.int32))], [output], keep_dims=False)
    return Case(net.finish([source], [output]), ())


ROW, ALIKE = ((8,), (8,), (8,)), (0.5, 0.5, 0.5)
CORTEX_M0 = CORES[0]
REFUSALS = {
    "both inputs repeat": (
        pair("ADD", ((3, 1), (1, 4), (3, 4)), ALIKE),
        CORTEX_M4,
        "is for inputs of one shape",
    ),
    "sum of int16": (pair("SUB", ROW, ALIKE, "int16"), CORTEX_M4, "is for int8 activations"),
    "larger ones of odd rows": (
        alike("MAXIMUM", ((3, 5), (5,), (3, 5))),
        CORTEX_M0,
        "is for rows of multiples of 4 values without DSP instructions, these have 5",
    ),
    "limits without dsp": (alike("RELU6", ((8,), (8,))), CORTEX_M0, "needs dsp to limit values"),
    "another scale": (
        scaled("RELU", 0.5, 0.25),
        CORTEX_M4,
        "is for layers that leave values between two limits",
    ),
    "two values that change": (pair("ADD", ROW, ALIKE), CORTEX_M4, "is for one value that changes"),
    "three channels": (pool("AVERAGE_POOL_2D", 3), CORTEX_M4, "is for 4 channels or more, the layer has 3"),
    "five channels without dsp": (pool("AVERAGE_POOL_2D", 5), CORTEX_M0, "is for multiples of 4 channels"),
    "mean over channels": (mean([3], (2, 3, 4)), CORTEX_M4, "is for 4 channels or more, the layer has 1"),
    "mean over axes apart": (mean([0, 2], (3, 5)), CORTEX_M4, "is for axes that are neighbours"),
}


@pytest.mark.parametrize(("case", "core", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_layer_that_is_refused_says_why(case: Case, core: Core, reason: str) -> None:
    reasons = [item.reason for item in lowered(case, core) if isinstance(item, Refusal)]
    assert any(found.startswith(reason) for found in reasons), reasons
