"""Generated functions of float32 give the bytes of TensorFlow Lite Micro on random layers, on cores with an FPU."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.implementation import Refusal, implementations
from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from support.arm_machine import Core
from support.cases import IMAGES, Case
from support.effort import examples
from support.generated_layers import lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4, DSP_CORES
from support.tflite_builder import NetworkBuilder

ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
CORES = pytest.mark.parametrize("core", DSP_CORES, ids=lambda core: core.name)


def layer(
    operator: str,
    shapes: Sequence[tuple[int, ...]],
    seed: int = 0,
    *,
    activation: str = "NONE",
    has_bias: bool = True,
    **options: int | str | bool,
) -> Case:
    """Return a layer with shapes of input, weights and output, and values from very small to very large ones."""
    random, net = np.random.default_rng(seed), NetworkBuilder()
    given, weights, bias = (
        (random.standard_normal(shape) * np.exp2(random.integers(-6, 7, shape))).astype(np.float32)
        for shape in (shapes[0], shapes[1], shapes[2][-1:])
    )
    tensors = [net.activation(shapes[0], "float32"), net.constant(weights)]
    tensors += [net.constant(bias)] if has_bias else []
    output = net.activation(shapes[2], "float32")
    net.layer(operator, tensors, [output], fused_activation_function=activation, **options)
    return Case(net.finish([0], [output]), (given,))


@st.composite
def fully_connected(draw: st.DrawFn) -> Case:
    """Layers of one row and more."""
    rows, depth, channels = draw(st.integers(1, 9)), draw(st.integers(1, 70)), draw(st.integers(1, 19))
    return layer(
        "FULLY_CONNECTED",
        ((rows, depth), (channels, depth), (rows, channels)),
        draw(st.integers(0, 99)),
        activation=draw(st.sampled_from(ACTIVATIONS)),
        has_bias=draw(st.booleans()),
        weights_format="DEFAULT",
        keep_num_dims=False,
    )


@st.composite
def convolutions(draw: st.DrawFn, *, depthwise: bool = False, most_taps: int = 5) -> Case:
    """Layers of one image and more, with any padding that SAME and VALID give."""
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    axes = []
    for _ in range(2):
        taps, stride = draw(st.integers(1, most_taps)), draw(st.integers(1, 3))
        if padding == "SAME":
            pixels = draw(st.integers(1, 13))
            axes.append((taps, stride, pixels, -(-pixels // stride)))
        else:
            pixels = taps + draw(st.integers(0, 12))
            axes.append((taps, stride, pixels, (pixels - taps) // stride + 1))
    (rows, stride_h, height, out_height), (columns, stride_w, width, out_width) = axes
    depth, images = draw(st.integers(1, 11)), draw(IMAGES)
    channels = depth if depthwise else draw(st.integers(1, 11))
    weights = (1, rows, columns, depth) if depthwise else (channels, rows, columns, depth)
    return layer(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
        ((images, height, width, depth), weights, (images, out_height, out_width, channels)),
        draw(st.integers(0, 99)),
        activation=draw(st.sampled_from(ACTIVATIONS)),
        has_bias=draw(st.booleans()) or depthwise,
        padding=padding,
        stride_h=stride_h,
        stride_w=stride_w,
        dilation_h_factor=1,
        dilation_w_factor=1,
        **({"depth_multiplier": 1} if depthwise else {}),
    )


LAYERS = {
    "FULLY_CONNECTED": fully_connected(),
    "CONV_2D": convolutions(),
    "CONV_2D 1x1": convolutions(most_taps=1),
    "DEPTHWISE_CONV_2D": convolutions(depthwise=True),
    "DEPTHWISE_CONV_2D, long rows": convolutions(depthwise=True, most_taps=24),
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@CORES
def test_functions_equal_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(max_examples=examples(20 if core is CORTEX_M4 else 4), deadline=None)
    @given(layers)
    def check(case: Case) -> None:
        found = lowered(case, core)
        assert any("float" in item.name for item in found)
        wanted = run_oracle(case.graph, case.inputs)
        for item in implementations(found):
            assert item.max_ulps == 0
            for result in results(item, case, core, tmp_path_factory.mktemp("float")):
                np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)

    check()


def convolution(
    height: int, width: int, depth: int, channels: int, taps: int = 3, stride: int = 1, dilation: int = 1
) -> Case:
    """Return a CONV_2D layer with padding SAME."""
    rows, columns = -(-height // stride), -(-width // stride)
    return layer(
        "CONV_2D",
        ((1, height, width, depth), (channels, taps, taps, depth), (1, rows, columns, channels)),
        activation="RELU",
        padding="SAME",
        stride_h=stride,
        stride_w=stride,
        dilation_h_factor=dilation,
        dilation_w_factor=dilation,
    )


@CORES
def test_pixels_far_apart_and_copied_weights_equal_the_oracle(core: Core, tmp_path) -> None:
    """Inputs of four pixels do not lie within the offsets of a load."""
    for case in (convolution(5, 9, 90, 5), convolution(6, 11, 70, 4, taps=1, stride=2)):
        found = implementations(lowered(case, core))
        assert [item.name for item in found] == ["generated/conv_2d_float", "generated/conv_2d_float.copied"]
        for item in found:
            (result,) = results(item, case, core, tmp_path)
            np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs))


def test_a_nan_stays_and_an_overflow_is_limited(tmp_path) -> None:
    """As TensorFlow Lite Micro has them, without regard to the sign of a NaN."""
    case = convolution(3, 5, 2, 2)
    case.inputs[0][0, 0, 0, 0] = np.nan
    case.inputs[0][0, 2, 4, 0] = np.inf
    for item in implementations(lowered(case, CORTEX_M4)):
        (result,) = results(item, case, CORTEX_M4, tmp_path)
        wanted = run_oracle(case.graph, case.inputs)
        assert np.isnan(wanted).any()
        assert np.nanmax(wanted) == np.finfo(np.float32).max
        np.testing.assert_array_equal(result, wanted)


def test_loops_stay_in_a_small_instruction_cache() -> None:

    for case in (convolution(24, 24, 16, 16), convolution(24, 24, 3, 8, stride=2)):
        for item in implementations(lowered(case, CORTEX_M4)):
            sizes = re.findall(r"(\d+) in the loop 'inputs_\w+'", item.code.text)  # type: ignore[union-attr]
            assert sizes and all(int(size) <= LOOP_BYTES for size in sizes)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (convolution(9, 9, 2, 2, dilation=2), "is for filters without dilation"),
        (convolution(4, 60, 2, 2, taps=25), "is for at most 8 columns with padding"),
    ],
)
def test_other_layers_are_refused(case: Case, reason: str) -> None:
    found = [item for item in lowered(case, CORTEX_M4) if item.name == "generated/conv_2d_float"]
    assert [getattr(item, "reason", None) for item in found] == [reason]
    assert isinstance(found[0], Refusal)


def test_cores_without_an_fpu_have_none() -> None:
    found = lowered(convolution(6, 6, 4, 4), CORTEX_M4, features=("dsp",))
    assert [item.reason for item in found if item.name == "generated/conv_2d_float"] == [  # type: ignore[union-attr]
        "needs an FPU, which the core does not have"
    ]
