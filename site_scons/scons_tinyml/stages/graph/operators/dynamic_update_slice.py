"""DYNAMIC_UPDATE_SLICE: a tensor of which a part is replaced, where the network computes the place."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType

_MOST_AXES = 6
"""TINYML_MOST_SLICE_AXES of `kernels/include/tinyml/dynamic_update_slice.h`."""


class DynamicUpdateSlice(Operator):
    """Starts are moved so that the update lies inside of the input."""

    name = "DYNAMIC_UPDATE_SLICE"
    input_names = ("input", "update", "starts")
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "int16", "int32", "int64", "bool")
    litert_types = ("int64", "bool")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        source, update, output = view.input(0), view.input(1), view.output()
        return (
            check_moved(source, output, self.types)
            or check_moved(source, update, self.types, ("the input", "update"))
            or check_shape(output, "output", source.shape)
            or self._check_shapes(view)
        )

    @staticmethod
    def _check_shapes(view: LayerView) -> list[str]:
        shape, update, starts = view.input(0).shape, view.input(1).shape, view.input(2)
        if starts.type not in ("int32", "int64"):
            return [f"starts are {starts.type}, expected int32 or int64"]
        if not 1 <= len(shape) <= _MOST_AXES:
            return [f"input has {len(shape)} dimensions, expected 1 to {_MOST_AXES}"]
        fits = len(update) == len(shape) and all(0 < n <= most for n, most in zip(update, shape, strict=True))
        if not fits:
            return [f"update has the shape {list(update)}, which does not fit into {list(shape)}"]
        return check_shape(starts, "starts", (len(shape),))

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return sizes in bytes, the number of axes, and their lengths in input and update."""
        return {**_sizes(view), **_named("length", view, 0), **_named("update_length", view, 1)}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_dynamic_update_slice_any_params`."""
        arrays = {
            "lengths": CArray("int32_t", view.input(0).shape),
            "update_lengths": CArray("int32_t", view.input(1).shape),
        }
        return CStruct("tinyml_dynamic_update_slice_any_params", {**_sizes(view), **arrays})


def _sizes(view: LayerView) -> dict[str, int]:
    item_bytes = ITEM_BYTES[view.input(0).type]
    return {
        "size_bytes": view.input(0).size_bytes,
        "axes": len(view.input(0).shape),
        "item_bytes": item_bytes,
        "element_bytes": unit_bytes(item_bytes),
        "start_bytes": ITEM_BYTES[view.input(2).type],
    }


def _named(role: str, view: LayerView, position: int) -> dict[str, int]:
    return {f"{role}_{axis}": length for axis, length in enumerate(view.input(position).shape)}


OPERATOR = DynamicUpdateSlice()
