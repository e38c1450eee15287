"""Networks as WebAssembly give the oracle's outputs, call after call."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.run.compare import worst
from scons_tinyml.stages.web.compiler import Exports
from scons_tinyml.stages.web.portable import is_portable, portable
from support.networks import images, quantized_sequence, reducing, remembering, sequence, several, small_int8
from support.tflite_builder import NetworkBuilder
from support.web import Instance, WebNetwork, compiler, kernel_sources

NETWORKS = {
    "small": small_int8,
    "several": several,
    "reducing": reducing,
    "images_int16": partial(images, "int16"),
    "svdf": remembering,
    "lstm_int8": partial(quantized_sequence, "int8"),
    "lstm_float32": sequence,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_the_oracles(name):
    require_the_oracles_outputs(WebNetwork.of(NETWORKS[name](), count=4))


def pooled() -> Graph:
    """Return an int8 network of layers whose generated functions are in plain C."""
    net = NetworkBuilder("pooled")
    window = {"padding": "VALID", "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2}
    shapes = (1, 4, 4, 3), (1, 2, 2, 3), (1, 2, 2, 3), (1, 12)
    source, pooled, bent, flat = (net.activation(shape, "int8", scale=0.05, zero_point=3) for shape in shapes)
    classes = net.activation((1, 12), "int8", scale=1 / 256, zero_point=-128)
    net.layer("AVERAGE_POOL_2D", [source], [pooled], **window, fused_activation_function="NONE")
    net.layer("HARD_SWISH", [pooled], [bent])
    net.layer("RESHAPE", [bent, net.constant(np.array([1, 12], np.int32))], [flat])
    net.layer("SOFTMAX", [flat], [classes], beta=1.0)
    return net.finish([source], [classes])


def test_generated_functions_in_plain_c_run_as_they_are():
    """Those for a Cortex-M4 that have no instruction of Arm, in place of reference kernels."""
    found = WebNetwork.of(pooled(), count=4)
    sources = kernel_sources()
    core = Core("cortex-m4", frozenset({"dsp"}))
    chosen = {
        layer: next((item for item in implementations(items) if is_portable(item, sources)), None)
        for layer, items in lower(found.graph, sources.only(["generated"]).providers, core).items()
    }
    assert sum(item is not None for item in chosen.values()) >= 2
    network = portable(found.graph, {layer: item for layer, item in chosen.items() if item}, sources)
    assert [item.set_name for item in network.implementations.values()].count("generated") == sum(
        item is not None for item in chosen.values()
    )
    require_the_oracles_outputs(found, compiler().module(network, sources))


def require_the_oracles_outputs(found: WebNetwork, module: bytes | None = None) -> None:
    """Require that `module`, by default that of reference kernels, has the oracle's outputs, and forgets by a reset."""
    exports = Exports.of(found.graph)
    instance = Instance(module or found.module, exports)
    assert instance.imports == []
    tensors = [found.graph.tensors[index] for index in found.graph.outputs]
    sizes_bytes = [tensor.size_bytes for tensor in tensors]
    calls = [[array.tobytes() for array in sample] for sample in found.inputs]
    answers = [instance.infer(call, sizes_bytes) for call in calls]
    for outputs, wanted in zip(answers, found.expected, strict=True):
        bounds = wanted.bounds or [np.zeros(tensor.shape) for tensor in tensors]
        for output, one, bound, tensor in zip(outputs, wanted.outputs, bounds, tensors, strict=True):
            assert worst(output, one, bound, tensor.type).excess <= 0
        assert wanted.bounds is not None or outputs == wanted.outputs
    assert len(set(answers)) > 1
    if exports.reset is not None:
        assert instance.infer(calls[0], sizes_bytes) != answers[0]
        instance.call(exports.reset)
        assert instance.infer(calls[0], sizes_bytes) == answers[0]
