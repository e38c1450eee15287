"""Base of READ_VARIABLE and ASSIGN_VARIABLE: a dense copy between the arena and the state of the network."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class StateCopy(StridedCopy):
    """A copy between tensors of the same type and number of values; their shapes may differ."""

    types = ("float32", "int8", "int16", "int32", "uint8", "bool", "int64")

    def _check_options(self, view: LayerView) -> list[str]:
        found, expected = view.output().elements, view.input(0).elements
        return [] if found == expected else [f"copies {expected} values to a place of {found}"]

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return view.output().shape

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        return [Loop(view.input(0).elements, ITEM_BYTES[view.input(0).type])]

    def aliases(self, view: LayerView) -> bool:  # noqa: ARG002
        """Return False: the state must stay unchanged when layers overwrite its copy."""
        return False
