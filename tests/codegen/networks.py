"""Networks that code is generated from, with kernels of a set that is declared but has no sources."""

from __future__ import annotations

import numpy as np

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.lowering.declared import implementation_of
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.plan.lifetimes import alias_source
from support.tflite_builder import NetworkBuilder

LINEAR = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}


def kernels_for(graph: Graph, set_name: str = "reference") -> dict[int, Implementation]:
    """A kernel named '<set>/<operator>_<type>' for each layer that runs something."""
    found = {}
    for view in graph.views():
        operator = find_operator(view.layer.operator)
        if operator is None or alias_source(graph, view.layer) is not None:
            continue
        computation = operator.computation(view)
        name = f"{computation.lower()}_{operator.number_type(view)}"
        kernel = Kernel(
            name=f"{set_name}/{name}",
            operator=computation,
            type=operator.number_type(view),
            function=f"tinyml_{set_name}_{name}",
            description="",
            sources=(f"{name}.c",),
        )
        found[view.layer.index] = implementation_of(view, kernel)
    return found


def small_network() -> Graph:
    """Two FULLY_CONNECTED with the same filter, the second without a bias, then RESHAPE and SOFTMAX; int8."""
    net = NetworkBuilder("small")
    x, y, z = (net.activation((1, 4), "int8", scale=0.5, zero_point=zero) for zero in (3, 0, -1))
    filters = [net.constant(np.arange(-8, 8, dtype=np.int8).reshape(4, 4), scales=(0.25,)) for _ in range(2)]
    bias = net.constant(np.array([-1000, 0, 70000, 5], np.int32), scales=(0.125,))
    flat = net.activation((4,), "int8", scale=0.5, zero_point=-1)
    output = net.activation((4,), "int8", scale=1 / 256, zero_point=-128)
    net.layer("FULLY_CONNECTED", [x, filters[0], bias], [y], **LINEAR)
    net.layer("FULLY_CONNECTED", [y, filters[1]], [z], **LINEAR)
    net.layer("RESHAPE", [z], [flat])
    net.layer("SOFTMAX", [flat], [output], beta=1.0)
    return net.finish([x], [output])


def branched_network() -> Graph:
    """float32 with two inputs and two outputs: ADD(FULLY_CONNECTED(x), a), and its RELU; whole numbers are exact."""
    net = NetworkBuilder("branched")
    x, a = net.activation((1, 4), "float32"), net.activation((1, 3), "float32")
    weights = net.constant(np.arange(12, dtype=np.float32).reshape(3, 4) - 5)
    bias = net.constant(np.array([0.5, -0.25, 1e6], np.float32))
    product, total, flat, positive = (
        net.activation(shape, "float32") for shape in [(1, 3), (1, 3), (3,), (1, 3)]
    )
    net.layer("FULLY_CONNECTED", [x, weights, bias], [product], **LINEAR)
    net.layer("ADD", [product, a], [total], fused_activation_function="NONE", pot_scale_int16=False)
    net.layer("RESHAPE", [total], [flat])
    net.layer("RELU", [total], [positive])
    return net.finish([x, a], [flat, positive])


def dealt_network() -> Graph:
    """int8: two rows of six, dealt to three hands, of which two, a constant and the first again are joined."""
    net = NetworkBuilder("dealt")
    x, *hands, joined, output = (net.activation(shape, "int8", scale=0.5) for shape in _DEALT_SHAPES)
    card = net.constant(np.array([[7], [8]], np.int8), scales=(0.5,))
    net.layer("SPLIT", [net.constant(np.array(-1, np.int32)), x], hands, num_splits=3)
    parts = [hands[2], hands[0], card, hands[0]]
    net.layer("CONCATENATION", parts, [joined], axis=1, fused_activation_function="NONE")
    net.layer("TRANSPOSE", [joined, net.constant(np.array([1, 0], np.int32))], [output])
    return net.finish([x], [output])


_DEALT_SHAPES = ((2, 6), (2, 2), (2, 2), (2, 2), (2, 7), (7, 2))
