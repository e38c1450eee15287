"""Direct convolution gives the bytes of TensorFlow Lite Micro on random layers, on every core that can run it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.core import Core as LoweredCore
from scons_tinyml.stages.lowering.images import for_each_image, one_image
from scons_tinyml.stages.lowering.implementation import (
    GeneratedCode,
    Lowered,
    Refusal,
    implementations,
)
from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from scons_tinyml.stages.lowering.thumb.raw_pairs import LIMIT
from support.arm_machine import CORES, Core
from support.cases import Case
from support.direct_layers import Convolved, Shapes, convolutions
from support.effort import examples
from support.generated_layers import GENERATORS, lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M0PLUS, CORTEX_M3, CORTEX_M4
from support.tflite_builder import NetworkBuilder

LAYERS = {
    "any filter": convolutions(),
    "few channels": convolutions(Shapes(pixels=12, taps=7, channels=4)),
    "quads": convolutions(Shapes(pixels=6, taps=3, channels=6, quads=True)),
    "wide images": convolutions(Shapes(pixels=40, taps=3, channels=5, outputs=4)),
    "tiles": convolutions(Shapes(pixels=24, taps=3, channels=8, outputs=3, least_pixels=12)),
    "tiles of many weights": convolutions(
        Shapes(
            14, taps=3, channels=8, outputs=20, quads=True, least_pixels=9, least_channels=5, least_outputs=12
        )
    ),
    "long filters": convolutions(Shapes(pixels=6, taps=2, channels=3, outputs=5, columns=120)),
    "groups": convolutions(Shapes(pixels=5, taps=3, channels=2, outputs=5, quads=True, groups=True)),
}
KNOWN_REASONS = re.compile(
    r"(sums|weights) of channel|weight -128 of channel|no proven constants|is for filters larger than 1x1"
)


def direct(case: Case, core: Core) -> list[Lowered]:
    """What the generator offers."""
    return [item for item in lowered(case, core) if item.name.startswith("generated/conv_2d_direct")]


def planned(case: Case, number: int, core: Core) -> tuple[Lowered, ...]:
    """What the generator has for one of all possible plans."""
    (provider,) = (found for found in GENERATORS if found.name == "generated/conv_2d_direct")
    generator: Any = provider.generator
    features: Any = frozenset(core.features)
    lowered_core = LoweredCore(core.name, features)
    found = generator.planned(one_image(case.view), lowered_core, lambda plans: [plans[number % len(plans)]])
    return for_each_image(case.view, found)


def assert_equal(found: Sequence[Lowered], made: Convolved, core: Core, folder: Path) -> None:
    """Each of `found` gives the oracle's bytes, or is refused for a known reason."""
    assert found
    wanted = run_oracle(made.oracle.graph, made.oracle.inputs)
    for item in found:
        if isinstance(item, Refusal):
            assert KNOWN_REASONS.search(item.reason)
            continue
        for result in results(item, made.case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_direct_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(
        max_examples=examples({CORTEX_M4: 12, CORTEX_M3: 6, CORTEX_M0PLUS: 6}.get(core, 3)), deadline=None
    )
    @given(layers)
    def check(made: Convolved) -> None:
        assert_equal(direct(made.case, core), made, core, tmp_path_factory.mktemp("direct"))

    check()


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize(
    ("core", "count"), [(CORTEX_M4, 25), (CORTEX_M3, 6), (CORTEX_M0PLUS, 6)], ids=["m4", "m3", "m0plus"]
)
def test_all_plans_equal_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, layers, core: Core, count: int
) -> None:
    @settings(max_examples=examples(count), deadline=None)
    @given(layers, st.integers(0, 2**16))
    def check(made: Convolved, number: int) -> None:
        assert_equal(planned(made.case, number, core), made, core, tmp_path_factory.mktemp("planned"))

    check()


@dataclass(frozen=True)
class Layer:
    """A layer of ones: heights, widths and channels."""

    image: tuple[int, int, int]
    filter: tuple[int, int]
    outputs: int
    stride: int = 1
    groups: int = 1

    @property
    def case(self) -> Case:
        """Its network, VALID, and inputs."""
        net = NetworkBuilder()
        height, width, depth = self.image
        given = net.activation((1, *self.image), "int8", scale=0.5, zero_point=-128)
        shape = (self.outputs, *self.filter, depth // self.groups)
        weights = net.constant(np.ones(shape, np.int8), scales=(0.1,))
        rows, columns = (
            (length - taps) // self.stride + 1
            for length, taps in zip((height, width), self.filter, strict=True)
        )
        scale = float(np.prod(shape[1:])) / 4
        output = net.activation((1, rows, columns, self.outputs), "int8", scale=scale, zero_point=-128)
        net.layer(
            "CONV_2D",
            [given, weights],
            [output],
            padding="VALID",
            stride_h=self.stride,
            stride_w=self.stride,
            dilation_h_factor=1,
            dilation_w_factor=1,
            fused_activation_function="NONE",
        )
        values = np.arange(height * width * depth).astype(np.int8).reshape(1, *self.image)
        return Case(net.finish([given], [output]), (values,))


def names(found: list[Lowered]) -> dict[str, str]:
    """Schedules, and the reason of each that is refused."""
    return {item.name.removeprefix("generated/conv_2d_direct"): getattr(item, "reason", "") for item in found}


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Layer((6, 6, 8), (1, 1), 4), {"": "is for filters larger than 1x1, or with padding"}),
        (
            Layer((5, 5, 12), (3, 3), 4, groups=2),
            {"": "is for groups of 4, 8, 12 ... input channels, the layer has groups of 6"},
        ),
        (Layer((3, 3, 1), (3, 1), 4001), {".windows": ""}),
        (Layer((2, 3, 2048), (2, 2), 1), {".rows": ""}),
        (Layer((2, 3, 2044), (2, 2), 1), {".rows": ""}),
        (Layer((4, 5, 3), (4, 5), 4), {".row": ""}),
        (Layer((58, 12, 1), (10, 4), 64, stride=2), {".row_windows": ""}),
        (Layer((34, 34, 16), (3, 3), 16), {".rows_4": ""}),
        (Layer((6, 6, 16), (3, 3), 4), {".rows": ""}),
        (Layer((40, 40, 3), (3, 3), 4, stride=2), {".windows_4": ""}),
        (Layer((9, 9, 64), (2, 2), 32, stride=2), {".row_windows_2": "", ".row_windows": ""}),
        (Layer((1, 140, 1), (1, 101), 5, stride=2), {".row_windows": ""}),
        (Layer((17, 17, 32), (3, 3), 64, stride=2), {".rows_4": ""}),
    ],
)
def test_schedules_and_refusals(layer: Layer, expected: dict[str, str], tmp_path: Path) -> None:
    found = direct(layer.case, CORTEX_M4)
    assert names(found) == expected
    wanted = run_oracle(layer.case.graph, layer.case.inputs)
    for item in implementations(found):
        for result in results(item, layer.case, CORTEX_M4, tmp_path):
            np.testing.assert_array_equal(result, wanted)
    activations = layer.case.inputs[0].nbytes + wanted.nbytes
    assert all(item.scratch_bytes <= 2 * activations for item in implementations(found)[1:])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Layer((4, 5, 3), (4, 5), 4), {".row": ""}),
        (Layer((34, 34, 16), (3, 3), 16), {".image": ""}),
        (Layer((8, 8, 67), (2, 2), 2), {".padded": ""}),
        (Layer((5, 5, 6), (2, 2), 4, groups=2), {".image": ""}),
    ],
)
@pytest.mark.parametrize("core", [CORTEX_M3, CORTEX_M0PLUS], ids=["m3", "m0plus"])
def test_schedules_without_the_dsp_extension(
    layer: Layer, expected: dict[str, str], core: Core, tmp_path: Path
) -> None:
    """Images without padding are read where they are, with scratch for the weights of two channels.

    They are copied where turns have to be filled up: 134 activations have no divisor but 2 that a turn can take.
    """
    found = direct(layer.case, core)
    assert names(found) == expected
    wanted = run_oracle(layer.case.graph, layer.case.inputs)
    taps = int(np.prod(layer.filter)) * layer.image[2] // layer.groups
    for item in implementations(found):
        assert "image" not in item.name or item.scratch_bytes <= 5 * taps + 100
        for result in results(item, layer.case, core, tmp_path):
            np.testing.assert_array_equal(result, wanted)


def largest(sign: int, beyond: int) -> Case:
    """A layer of 2x2 filters whose sums reach the last one that raw pairs hold, or `beyond` that."""
    net = NetworkBuilder()
    image = np.full((1, 3, 4, 50), 127, np.int8)
    given = net.activation(image.shape, "int8", scale=0.5, zero_point=-128)
    weights = net.constant(np.full((1, 2, 2, 50), 127 * sign, np.int8), scales=(1.0,))
    limit = LIMIT - 1 if sign > 0 else -LIMIT
    bias = limit + beyond * sign - 255 * 200 * 127 * sign
    offset = net.constant(np.array([bias], np.int32), scales=(0.5,))
    output = net.activation((1, 3, 4, 1), "int8", scale=0.5 * 2**16, zero_point=0)
    options = {"padding": "SAME", "fused_activation_function": "NONE"}
    ones = dict.fromkeys(("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor"), 1)
    net.layer("CONV_2D", [given, weights, offset], [output], **options, **ones)
    return Case(net.finish([given], [output]), (image,))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("core", "number"), [*((CORTEX_M4, number) for number in range(6)), (CORTEX_M3, 0), (CORTEX_M3, 1)]
)
def test_sums_up_to_the_limit_are_taken_and_right(sign: int, core: Core, number: int, tmp_path: Path) -> None:
    case = largest(sign, 0)
    (found,) = implementations(planned(case, number, core))
    for result in results(found, case, core, tmp_path):
        np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs))
    (refused,) = planned(largest(sign, 1), number, core)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("sums of channel 0 reach ")


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("number", [0, 1])
def test_larger_sums_are_right_where_nothing_scales_them(sign: int, number: int, tmp_path: Path) -> None:
    """On Armv6-M registers hold the sums themselves."""
    case = largest(sign, 2**25)
    (found,) = implementations(planned(case, number, CORTEX_M0PLUS))
    for result in results(found, case, CORTEX_M0PLUS, tmp_path):
        np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs))


@pytest.mark.parametrize("depth", [1, 3, 4, 5, 8, 11, 16, 32, 100])
@pytest.mark.parametrize("taps", [(3, 3), (1, 7), (5, 5), (10, 4)])
@pytest.mark.parametrize("outputs", [1, 5, 6])
def test_loops_stay_in_the_instruction_cache(depth: int, taps: tuple[int, int], outputs: int) -> None:
    for item in implementations(direct(Layer((12, 12, depth), taps, outputs).case, CORTEX_M4)):
        assert isinstance(item.code, GeneratedCode)
        sizes = re.findall(r"(\d+) in the loop", item.code.text)
        assert max(map(int, sizes)) <= LOOP_BYTES
