"""Validity of a graph. Later stages rely on these checks and repeat none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from scons_tinyml.records.errors import ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.elsewhere import ELSEWHERE
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.parts import Completion

_MAX_TENSOR_BYTES = 2**31 - 1
"""Largest tensor: sizes are int32_t in the kernels' parameters."""

_SHOWN = 3
"""Number of problems in a message. A damaged file may have one for each tensor and layer."""

_RANGES = {
    "int4": (-8, 7),
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
}


def require_valid(graph: Graph, where: str | Path | None = None) -> None:
    """Raise UnsupportedError for an unknown operator, ModelFileError for other problems.

    They name `where`.
    """
    for layer in graph.layers:
        if find_operator(layer.operator) is None:
            raise UnsupportedError(
                f"operator {layer.operator} is not supported",
                where=where,
                key=f"layer {layer.index} ({layer.name})",
                hint=ELSEWHERE.get(layer.operator) or "'tinyml operators' lists those that are",
            )
    _refuse_uint8(graph, where)
    findings = check_graph(graph)
    if len(findings) == 1:
        raise ModelFileError(findings[0], where=where)
    if findings:
        listed = "".join(f"\n  {finding}" for finding in findings[:_SHOWN])
        if len(findings) > _SHOWN:
            listed += f"\n  and {len(findings) - _SHOWN:,} more"
        raise ModelFileError(f"{len(findings)} problems{listed}", where=where)


def _refuse_uint8(graph: Graph, where: str | Path | None) -> None:
    """Raise UnsupportedError for layers that compute with uint8, of which there are many in a network or none."""
    if any(_check_indices(graph)):
        return
    for view in graph.views():
        tensors = [
            graph.tensors[index] for index in (*view.layer.inputs, *view.layer.outputs) if index is not None
        ]
        if any(one.type == "uint8" and one.quantization for one in tensors) and not _has_kernels(view):
            raise UnsupportedError(
                "computes with uint8, as converters did before int8 replaced it: convert the network again, to int8",
                where=where,
                key=_layer(view.layer),
            )


def _has_kernels(view: LayerView) -> bool:
    operator = find_operator(view.layer.operator)
    try:
        return operator is None or operator.layout_only or operator.number_type(view) is not None
    except LookupError:
        return True


def check_graph(graph: Graph) -> list[str]:
    """Return the problems of `graph`, empty when it is valid.

    Layers with unknown operators are not checked.
    """
    findings = list(_check_indices(graph))
    if findings:
        return findings
    findings += _check_order(graph)
    findings += (finding for tensor in graph.tensors for finding in _check_tensor(tensor))
    findings += _check_activations(graph)
    return findings or [finding for view in graph.views() for finding in _check_operator(view)]


def _check_indices(graph: Graph) -> Iterator[str]:
    def wrong(where: str, indices: Iterable[int | None]) -> Iterator[str]:
        count = len(graph.tensors)
        for index in indices:
            if index is not None and not 0 <= index < count:
                yield f"{where}: found tensor {index}, the graph has tensors 0 to {count - 1}"

    if not graph.layers or not graph.outputs:
        yield "a network needs at least one layer and one output"
    for position, tensor in enumerate(graph.tensors):
        if tensor.index != position:
            yield f"tensor {position} has the index {tensor.index}"
    for place, layer in enumerate(graph.layers):
        if layer.index != place:
            yield f"layer {place} has the index {layer.index}"
        if not layer.outputs:
            yield f"layer {place} ({layer.operator}) has no output"
        yield from wrong(f"layer {place} ({layer.operator})", (*layer.inputs, *layer.outputs))
    yield from wrong("inputs of the network", graph.inputs)
    yield from wrong("outputs of the network", graph.outputs)


def _check_order(graph: Graph) -> Iterator[str]:
    """Yield a problem for each tensor that is not produced exactly once, before its first use."""
    made = {tensor.index for tensor in graph.tensors if not tensor.is_activation}
    completion = Completion(graph)
    for index in graph.inputs:
        if index in made:
            yield f"{_name(graph, index)} is an input of the network and also {_given(graph, index)}, or twice an input"
        made.update(completion.after(index))
    for layer in graph.layers:
        for source in layer.inputs:
            if source is not None and source not in made:
                yield f"{_layer(layer)} reads {_name(graph, source)} before it is produced"
        for index in layer.outputs:
            if index in made and not graph.tensors[index].is_state:
                yield f"{_layer(layer)} produces {_name(graph, index)}, which has a value already"
            made.update(completion.after(index))
    for index in graph.outputs:
        if index not in made:
            yield f"{_name(graph, index)} is an output of the network that no layer produces"
        elif not graph.tensors[index].is_activation:
            yield f"{_name(graph, index)} is an output of the network and also {_given(graph, index)}"


def _check_tensor(tensor: Tensor) -> Iterator[str]:
    where = f"tensor {tensor.index} '{tensor.name}'"
    if min(tensor.shape, default=1) < 0 or tensor.size_bytes > _MAX_TENSOR_BYTES:
        yield f"{where}: shape {list(tensor.shape)} is negative or takes more than {_MAX_TENSOR_BYTES} bytes"
        return
    if tensor.type == "int4" and tensor.data is None:
        yield f"{where}: is int4, which only constants may be"
    if tensor.data is not None and len(tensor.data) != tensor.size_bytes:
        yield f"{where}: has {len(tensor.data)} bytes, its shape takes {tensor.size_bytes}"
    elif tensor.state is not None and len(tensor.state) != tensor.size_bytes:
        yield f"{where}: starts with {len(tensor.state)} bytes, its shape takes {tensor.size_bytes}"
    elif tensor.data is not None and tensor.type == "float32" and _has_nan(tensor.data):
        yield f"{where}: holds NaN; the training that made it diverged"
    yield from (f"{where}: {problem}" for problem in _check_quantization(tensor))


def _check_quantization(tensor: Tensor) -> Iterator[str]:
    """Yield problems with scales and zero points.

    Several scales of a constant are checked by the operators that use them: files are known whose bias has them along
    a dimension that it does not have, which no kernel reads.
    """
    found = tensor.quantization
    if found is None:
        return
    if len(found.zero_points) != len(found.scales):
        yield f"has {len(found.scales)} scales and {len(found.zero_points)} zero points"
    if len(found.scales) != 1 and not tensor.is_constant:
        channels = tensor.shape[found.axis] if 0 <= found.axis < len(tensor.shape) else None
        if channels != len(found.scales):
            shape = list(tensor.shape)
            yield f"has {len(found.scales)} scales along dimension {found.axis} of the shape {shape}"
    for scale in found.scales:
        if not math.isfinite(scale) or scale < 0 or (scale == 0 and not tensor.is_constant):
            yield f"has the scale {scale}, expected a finite number above 0"
            break
    low, high = _RANGES.get(tensor.type, (0, 0))
    for zero_point in found.zero_points:
        if not low <= zero_point <= high:
            yield f"has the zero point {zero_point}, {tensor.type} goes from {low} to {high}"
            break


def _check_activations(graph: Graph) -> Iterator[str]:
    produced = (index for layer in graph.layers for index in layer.outputs)
    for index in (*graph.inputs, *produced):
        tensor = graph.tensors[index]
        if tensor.elements == 0:
            yield f"{_name(graph, index)} has the shape {list(tensor.shape)}, which holds no value"


def _check_operator(view: LayerView) -> list[str]:
    operator = find_operator(view.layer.operator)
    if operator is None:
        return []
    for name, value in view.options.items():
        if isinstance(value, float) and not math.isfinite(value):
            return [f"{_layer(view.layer)}: option {name} is {value}, expected a finite number"]
    try:
        problems = operator.check(view)
    except LookupError as error:
        problems = [f"lacks an option or tensor that the operator needs: {error}"]
    return [f"{_layer(view.layer)}: {problem}" for problem in problems]


def _has_nan(data: bytes) -> bool:
    import numpy as np

    return bool(np.isnan(np.frombuffer(data, "<f4")).any())


def _given(graph: Graph, index: int) -> str:
    return "a state" if graph.tensors[index].is_state else "a constant"


def _layer(layer: Layer) -> str:
    return f"layer {layer.index} ({layer.operator})"


def _name(graph: Graph, index: int) -> str:
    return f"tensor {index} '{graph.tensors[index].name}'"
