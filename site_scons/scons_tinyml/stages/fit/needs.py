"""Least needs of a network with any kernels, computed from the graph without compiling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scons_tinyml.records.board import Board
from scons_tinyml.stages.codegen.constants import ConstantPool, struct_fields
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.lowering.arguments import known_operator, passed_inputs, tensor_data
from scons_tinyml.stages.plan.lifetimes import ALIGNMENT_BYTES, alias_source, blocks, lower_bound_bytes

FLOAT_BYTES = 4
ACTIVATIONS = "activations"


@dataclass(frozen=True)
class Needs:
    """Work and memory of a network without its code, its stack and the scratch of its kernels."""

    macs: int
    weights: int
    """Number of values of all constants that kernels read."""
    weight_bytes: int
    """Bytes of the generated constant arrays, with multipliers and shifts."""
    arena_bytes: int
    """Largest number of activation bytes needed at one time."""

    @property
    def float_bytes(self) -> int:
        """Bytes of the weights as float32."""
        return FLOAT_BYTES * self.weights


@dataclass(frozen=True)
class Misfit:
    """A memory region that is smaller than its content."""

    what: str
    needed_bytes: int
    region: str
    region_bytes: int


def needs_of(graph: Graph) -> Needs:
    """Return the needs of every image of `graph`."""
    views = list(graph.views())
    return Needs(
        macs=sum(known_operator(view).macs(view) for view in views),
        weights=sum({id(data): count for data, count in _weights(views)}.values()),
        weight_bytes=_array_bytes(views),
        arena_bytes=lower_bound_bytes(blocks(graph, {}, ALIGNMENT_BYTES, in_place=range(len(graph.layers)))),
    )


def misfits(needs: Needs, board: Board) -> tuple[Misfit, ...]:
    """Return the misfits in the regions of `board`, empty when an image may fit."""
    flash, ram = board.regions("weights")[0], board.regions("arena")[0]
    found = (
        Misfit("weights", needs.weight_bytes, flash.name, flash.size),
        Misfit(ACTIVATIONS, needs.arena_bytes, ram.name, ram.size),
    )
    return tuple(misfit for misfit in found if misfit.needed_bytes > misfit.region_bytes)


def _weights(views: list[LayerView]) -> Iterator[tuple[bytes, int]]:
    """Yield bytes and number of values of each constant that a kernel gets."""
    for view in views:
        for _, _, tensor in passed_inputs(view):
            if tensor is not None and tensor.data is not None:
                yield tensor.data, tensor.elements


def _array_bytes(views: list[LayerView]) -> int:
    pool = ConstantPool("fit")
    for view in views:
        if alias_source(view.graph, view.layer) is not None:
            continue
        struct_fields(pool, view.layer.name, known_operator(view).parameters(view))
        for _, role, tensor in passed_inputs(view):
            if tensor is not None and tensor.is_constant:
                pool.add(tensor_data(tensor, role), f"{view.layer.name}_{role}")
    return sum(len(array.data) for array in pool.arrays)
