"""Generated functions give the bytes of TensorFlow Lite Micro on random layers, on every core that can run them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.implementation import (
    GeneratedCode,
    Implementation,
    Refusal,
    implementations,
)
from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from support.arm_machine import CORES, Core
from support.cases import Case
from support.effort import examples
from support.generated_layers import fully_connected, lowered, pointwise, results
from support.oracle import run_oracle
from support.routines import CORTEX_M0PLUS, CORTEX_M3, CORTEX_M4
from support.tflite_builder import NetworkBuilder

LAYERS = {
    "fully_connected": fully_connected(),
    "pointwise": pointwise(),
    "few channels": pointwise(8),
    "tiles": pointwise(20, 60),
}
KNOWN_REASONS = re.compile(
    r"(sums|weights) of channel|weight -128 of channel|no proven constants|is for .*filters"
    r"|needs instructions of 32 bits"
)


def layer_of_ones(rows: int, depth: int, weight: int = 1, zero_point: int = -128) -> Case:
    """A FULLY_CONNECTED layer of 10 outputs; `zero_point` is theirs."""
    net = NetworkBuilder()
    given = net.activation((rows, depth), "int8", scale=0.5, zero_point=-128)
    weights = net.constant(np.full((10, depth), weight, np.int8), scales=(0.1,))
    output = net.activation((rows, 10), "int8", scale=depth / 4, zero_point=zero_point)
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [given, weights, None], [output], **options)
    return Case(net.finish([given], [output]), (np.ones((rows, depth), np.int8),))


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    """All schedules of all generators give the oracle's bytes; where there is none, the reason is a known one."""
    found = lowered(case, core)
    assert found != ()
    wanted = run_oracle(case.graph, case.inputs)
    for item in found:
        event(item.name if isinstance(item, Implementation) else item.reason.partition("channel")[0])
        if isinstance(item, Refusal):
            assert KNOWN_REASONS.search(item.reason)
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_generated_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(
        max_examples=examples({CORTEX_M4: 40, CORTEX_M3: 20, CORTEX_M0PLUS: 20}.get(core, 5)), deadline=None
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        assert_equal(data.draw(layers), core, tmp_path_factory.mktemp("generated"))

    check()


def test_turns_may_be_longer_than_a_jump(tmp_path: Path) -> None:
    """With the least weights a run is one product, and a pair of pixels takes more than 2 KiB of code."""
    case = layer_of_ones(4, 64, -128, 90)
    (found,) = implementations(lowered(case, CORTEX_M0PLUS))
    assert isinstance(found.code, GeneratedCode)
    assert "island" in found.code.text
    wanted = run_oracle(case.graph, case.inputs)
    for result in results(found, case, CORTEX_M0PLUS, tmp_path):
        np.testing.assert_array_equal(result, wanted, strict=True)


@pytest.mark.parametrize("depth", [4, 8, 64, 100, 640])
@pytest.mark.parametrize("pixels", [1, 9])
def test_loops_stay_in_the_instruction_cache(depth: int, pixels: int) -> None:
    for item in lowered(layer_of_ones(pixels, depth), CORTEX_M4):
        assert isinstance(item, Implementation)
        sizes = re.findall(r"(\d+) in the loop", item.code.text)
        assert max(map(int, sizes)) <= LOOP_BYTES
