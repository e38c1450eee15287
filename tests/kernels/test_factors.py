"""Factors between scales are computed in double precision, as the oracle does.

The values are such that a factor that is rounded to float32 on the way gives a neighbour of the right result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from support.cases import Case
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, kernel_of
from support.oracle import run_oracle
from support.tflite_builder import NetworkBuilder

REFERENCE = KernelFolder(KERNELS / "reference").kernels
_NO_ACTIVATION = {"fused_activation_function": "NONE"}


@dataclass(frozen=True)
class Layer:
    """A layer that works on one value of each input; `scales` and `zero_points` end with those of the output."""

    operator: str
    type: TensorType
    scales: tuple[float, ...]
    values: tuple[int, ...]
    result: int
    zero_points: tuple[int, ...] = (0, 0, 0)
    options: dict[str, OptionValue] = field(default_factory=dict)

    def case(self) -> Case:
        net = NetworkBuilder()
        quantization = zip(self.scales, self.zero_points, strict=False)
        *inputs, output = [
            net.activation((1, 1), self.type, scale=scale, zero_point=point) for scale, point in quantization
        ]
        net.layer(self.operator, inputs, [output], **self.options)
        values = tuple(np.full((1, 1), value, self.type) for value in self.values)
        return Case(net.finish(inputs, [output]), values)


LAYERS = [
    Layer("ABS", "int16", (0.0010157078504562378, 0.009341316297650337), (-23456,), 2550),
    Layer("RELU", "int16", (0.0010363394394516945, 0.001206221291795373), (3007,), 2583),
    Layer("RSQRT", "int16", (0.00031815964030101895, 0.015613128431141376), (38,), 583),
    Layer("LEAKY_RELU", "int16", (2**-12, 0.00011148882185807452), (10365,), 22698, options={"alpha": 0.0}),
    Layer(
        "LEAKY_RELU",
        "int16",
        (0.0013112884480506182, 0.0003130681288894266),
        (-32140,),
        5861,
        options={"alpha": -0.04353315755724907},
    ),
    Layer(
        "SUB",
        "int16",
        (0.0002547695767134428, 0.00499062892049551, 0.006020259577780962),
        (-8993, 23406),
        -19783,
        options=_NO_ACTIVATION,
    ),
    Layer(
        "DIV",
        "int8",
        (0.16441679000854492, 0.08593825250864029, 0.014880113303661346),
        (50, -39),
        46,
        (-4, 67, 112),
        _NO_ACTIVATION,
    ),
    Layer("HARD_SWISH", "int8", (0.08110098540782928, 0.009163599461317062), (63,), 40, (86, 78)),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: f"{layer.operator}-{layer.type}")
def test_one_value(layer: Layer, reference_library: HostLibrary) -> None:
    _assert_result(layer.case(), layer.result, reference_library)


@pytest.mark.parametrize(
    ("state_type", "scales", "weights", "value", "result"),
    [
        ("int16", (0.005559043493121862, 0.012592509388923645, 1.0, 2**-7), (120, 1), 73, 78),
        ("int8", (0.004262381698936224, 0.01737656071782112, 1.0, 2**-7), (93, 1), 55, 48),
        ("int16", (0.03286781907081604, 1.0, 0.01981288194656372, 0.03286781907081604), (1, 43), 23, 82),
        ("int8", (0.010397234931588173, 1.0, 0.04309352859854698, 0.010397234931588173), (1, 110), 8, 51),
    ],
    ids=["state of int16", "state of int8", "output from int16", "output from int8"],
)
def test_svdf(
    state_type: TensorType,
    scales: tuple[float, ...],
    weights: tuple[int, int],
    value: int,
    result: int,
    reference_library: HostLibrary,
) -> None:
    """One feature, one step of time; one of the two factors is 1."""
    net = NetworkBuilder()
    source_scale, feature_scale, time_scale, state_scale = scales
    source = net.activation((1, 1), "int8", scale=source_scale)
    constants = [
        net.constant(np.full((1, 1), weights[0], np.int8), scales=[feature_scale]),
        net.constant(np.full((1, 1), weights[1], state_type), scales=[time_scale]),
        net.constant(np.zeros(1, np.int32), scales=[state_scale * time_scale]),
    ]
    state = net.state((1, 1), state_type, scale=state_scale)
    output = net.activation((1, 1), "int8", scale=2**-7)
    options = {"rank": 1, "fused_activation_function": "RELU", "asymmetric_quantize_inputs": False}
    net.layer("SVDF", [source, *constants, state], [output], **options)
    case = Case(net.finish([source], [output]), (np.full((1, 1), value, np.int8),))
    _assert_result(case, result, reference_library)


@pytest.mark.parametrize("operator", ["FULLY_CONNECTED", "BATCH_MATMUL"])
def test_products_of_scales(operator: str, reference_library: HostLibrary) -> None:
    """In single precision the factor would be 2**-15, and its 15 bits exact."""
    net, scale = NetworkBuilder(), 10**-0.5
    source = net.activation((1, 70), "int16", scale=scale)
    output = net.activation((1, 3), "int16", scale=3276.8)
    if operator == "FULLY_CONNECTED":
        weights = net.constant(np.full((3, 70), 127, np.int8), scales=[scale])
        options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
        net.layer(operator, [source, weights, None], [output], **options)
    else:
        weights = net.constant(np.full((3, 70), 127, np.int16), scales=[scale])
        net.layer(operator, [source, weights], [output], adj_x=False, adj_y=True)
    case = Case(net.finish([source], [output]), (np.full((1, 70), 20002, np.int16),))
    _assert_result(case, 5426, reference_library)


def _assert_result(case: Case, result: int, library: HostLibrary) -> None:
    """All values of the only output are `result`, for the oracle too."""
    found = library.run(kernel_of(case, REFERENCE), case)
    assert {*found.ravel()} == {*run_oracle(case.graph, case.inputs).ravel()} == {result}
