"""Networks as WebAssembly give the oracle's outputs, call after call."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from scons_tinyml.stages.run.compare import worst
from scons_tinyml.stages.web.compiler import Exports
from support.networks import images, quantized_sequence, reducing, remembering, sequence, several, small_int8
from support.web import Instance, WebNetwork

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
    found = WebNetwork.of(NETWORKS[name](), count=4)
    exports = Exports.of(found.graph)
    instance = Instance(found.module, exports)
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
