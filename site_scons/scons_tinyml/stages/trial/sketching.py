"""Sketch of a network: what it costs whatever its weights are."""

from __future__ import annotations

from scons_tinyml.stages.fit.needs import needs_of
from scons_tinyml.stages.graph.ir import Graph, LayerView, Tensor
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.trial.records import Sketch, Work

_FILTERS = 4
"""Dimensions of the weights of a convolution: two of them are height and width of its filter."""


def sketch_of(graph: Graph) -> Sketch:
    """Return the sketch of a quantized or float `graph`."""
    needs = needs_of(graph)
    views = (view for view in graph.views() if alias_source(graph, view.layer) is None)
    layers = tuple(Work(view.layer.operator, kind_of(view), amount(view)) for view in views)
    return Sketch(needs.weight_bytes, needs.arena_bytes, needs.macs, layers)


def kind_of(view: LayerView) -> str:
    """Return the kind of a layer: its operator, and the height and width of its filters."""
    weights = [tensor for tensor in _read(view) if tensor.is_constant and len(tensor.shape) == _FILTERS]
    size = f" {weights[0].shape[1]}x{weights[0].shape[2]}" if weights else ""
    return f"{view.layer.operator}{size}"


def amount(view: LayerView) -> int:
    """Return the multiply-accumulates of a layer, or the values that it reads if it has none."""
    values = sum(tensor.elements for tensor in _read(view) if not tensor.is_constant)
    return known_operator(view).macs(view) or values


def _read(view: LayerView) -> list[Tensor]:
    """Return the tensors that a layer reads."""
    return [view.graph.tensors[index] for index in view.layer.inputs if index is not None]
