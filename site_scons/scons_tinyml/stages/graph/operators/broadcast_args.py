"""BROADCAST_ARGS: the shape that two shapes broadcast to."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.tensors import check_counts, check_rank, check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView


class BroadcastArgs(Operator):
    """Lengths are values of the inputs: for constant ones, the layer is computed when the file is read."""

    name = "BROADCAST_ARGS"
    input_names = ("input_1", "input_2")
    types: ClassVar[tuple[NumberType, ...]] = ("int32", "int64")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or [
            problem for place in (0, 1) for problem in check_rank(view.input(place), f"input {place + 1}", 1)
        ]
        if problems:
            return problems
        sizes = [view.input(place).elements for place in (0, 1)]
        if not min(sizes):
            return ["an input is the shape of a scalar, which holds no length"]
        return check_shape(view.output(), "output", (max(sizes),))

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the lengths."""
        return one_type(self.types, view.input(0), view.input(1), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of lengths of each tensor."""
        return {
            "input_1_size": view.input(0).elements,
            "input_2_size": view.input(1).elements,
            "output_size": view.output().elements,
        }

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_broadcast_args_<type>_params`."""
        return CStruct(f"tinyml_broadcast_args_{self.number_type(view)}_params", self.attributes(view))


OPERATOR = BroadcastArgs()
