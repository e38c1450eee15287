"""STRIDED_COPY: the computation of operators that only reorder values of one tensor.

It is not an operator of the schema. Every output axis has a length and a stride in the input.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.moving.copying import Copying
from scons_tinyml.stages.graph.families.moving.loops import Loop, LoopNest, loop_nest
from scons_tinyml.stages.graph.families.tensors import check_integers, check_rank
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, Tensor, TensorType

MAX_AXES = 6


class StridedCopy(Copying):
    """An operator that copies its first input with strides.

    Its other inputs are constants that control the copy.
    """

    computes = "STRIDED_COPY"
    constant_types: ClassVar[tuple[TensorType, ...]] = ("int32", "int64")
    """Supported types of constants."""

    def _check_constant(self, constant: Tensor, role: str) -> list[str]:
        return check_integers(constant, role, self.constant_types) or check_rank(constant, role, 1)

    def _check_axes(self, view: LayerView) -> list[str]:
        count = len(self._loop_nest(view).loops)
        return [f"takes {count} nested loops, kernels have {MAX_AXES}"] if count > MAX_AXES else []

    @abstractmethod
    def _loops(self, view: LayerView) -> Sequence[Loop]:
        """Return the loops in row-major order of the output: one or more per dimension."""

    def _offset(self, view: LayerView) -> int:  # noqa: ARG002
        """Return the bytes before the first copied value."""
        return 0

    def _loop_nest(self, view: LayerView) -> LoopNest:
        return loop_nest(self._loops(view), ITEM_BYTES[view.input(0).type], self._offset(view))

    def aliases(self, view: LayerView) -> bool:
        """Return True when all values are copied in their original order."""
        return view.input(0).size_bytes == view.output().size_bytes and self._loop_nest(view).is_dense

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the length and stride in bytes of each of six loops, innermost last, and bytes of a unit."""
        found = self._loop_nest(view)
        loops = [Loop(1, 0)] * (MAX_AXES - len(found.loops)) + list(found.loops)
        lengths = {f"length_{position}": loop.length for position, loop in enumerate(loops)}
        strides = {f"stride_{position}": loop.stride for position, loop in enumerate(loops)}
        return {**lengths, **strides, "element_bytes": found.element_bytes}

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_strided_copy_any_params`."""
        fields = {**self.attributes(view), "offset": self._offset(view)}
        return CStruct("tinyml_strided_copy_any_params", fields)
