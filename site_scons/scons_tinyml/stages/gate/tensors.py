"""Inputs and outputs of a network for the report."""

from __future__ import annotations

from typing import Literal

from scons_tinyml.records.report import TensorReport
from scons_tinyml.stages.codegen.names import c_identifier, port_names
from scons_tinyml.stages.graph.ir import Graph, Tensor


def tensor_reports(graph: Graph, direction: Literal["input", "output"]) -> tuple[TensorReport, ...]:
    """Return the tensors of one `direction` in the network's order, with their generated C functions."""
    inputs = direction == "input"
    tensors = [graph.tensors[index] for index in (graph.inputs if inputs else graph.outputs)]
    given = graph.input_names if inputs else graph.output_names
    accessors = port_names(direction, len(tensors), given)
    names = given or tuple(tensor.name for tensor in tensors)
    return tuple(
        _report(name, f"{c_identifier(graph.name)}_{accessor}", tensor)
        for name, accessor, tensor in zip(names, accessors, tensors, strict=True)
    )


def _report(name: str, accessor: str, tensor: Tensor) -> TensorReport:
    found = tensor.quantization
    single = found is not None and not found.per_channel
    return TensorReport(
        name=name,
        accessor=accessor,
        type=tensor.type,
        shape=tensor.shape,
        scale=found.scales[0] if found and single else None,
        zero_point=found.zero_points[0] if found and single else None,
    )
