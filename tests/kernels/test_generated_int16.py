"""Generated functions of int16 activations, and of int4 weights, give TensorFlow Lite Micro's bytes on every core."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import find, given, settings

from scons_tinyml.stages.lowering.implementation import implementations
from support.arm_machine import CORES, Core
from support.cases import CASES, Case, Limits
from support.effort import examples
from support.generated_layers import assert_oracle, lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4
from support.tflite_builder import NetworkBuilder

LAYERS = {
    "CONV_2D int4": CASES["CONV_2D"]("int4", Limits(groups=1)),
    "FULLY_CONNECTED int4": CASES["FULLY_CONNECTED"]("int4"),
    "CONV_2D": CASES["CONV_2D"]("int16", Limits(groups=1)),
    "DEPTHWISE_CONV_2D": CASES["DEPTHWISE_CONV_2D"]("int16", Limits(depth_multiplier=1)),
    "FULLY_CONNECTED": CASES["FULLY_CONNECTED"]("int16"),
}


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    found = [item for item in lowered(case, core) if "int16" in item.name or "int4" in item.name]
    assert found
    assert_oracle(found, case, core, folder)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_functions_equal_the_oracle(tmp_path_factory: pytest.TempPathFactory, name: str, core: Core) -> None:
    @settings(max_examples=examples(20 if core is CORTEX_M4 else 4), deadline=None)
    @given(LAYERS[name])
    def check(case: Case) -> None:
        assert_equal(case, core, tmp_path_factory.mktemp("int16"))

    check()


def test_layers_have_functions() -> None:
    """A refusal would pass the test above."""
    case = CASES["FULLY_CONNECTED"]
    for number_type in ("int16", "int4"):
        found = find(case(number_type), lambda one: one.graph.tensors[0].shape[-1] > 8)
        names = [item.name for item in implementations(lowered(found, CORTEX_M4))]
        assert names == [f"generated/conv_2d_{number_type}"]


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_sums_of_more_than_32_bits_equal_the_oracle(core: Core, tmp_path: Path) -> None:
    """700 weights of 127 times inputs of 32,767, and a bias of 40 bits; the last channels are small ones."""
    net, depth = NetworkBuilder(), 700
    weights = np.full((5, depth), 127, np.int8)
    weights[1] = -127
    weights[3:] = np.random.default_rng(0).integers(-127, 128, (2, depth))
    bias = np.array([2**39, -(2**39), 7, -7, 0], np.int64)
    image = net.activation((1, depth), "int16", scale=2**-10)
    filters = net.constant(weights, scales=[2**-7])
    output = net.activation((1, 5), "int16", scale=2**-17 * 2**24)
    tensors = [image, filters, net.constant(bias, scales=[2**-17])]
    net.layer(
        "FULLY_CONNECTED", tensors, [output], fused_activation_function="NONE", weights_format="DEFAULT"
    )
    graph = net.finish([image], [output])
    for inputs in (np.full((1, depth), 32767, np.int16), np.full((1, depth), -32768, np.int16)):
        case = Case(graph, (inputs,))
        [item] = implementations(lowered(case, core))
        assert "chunk" in item.code.text  # type: ignore[union-attr]
        for result in results(item, case, core, tmp_path):
            np.testing.assert_array_equal(result, run_oracle(graph, case.inputs))
