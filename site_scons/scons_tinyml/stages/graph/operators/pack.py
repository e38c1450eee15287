"""PACK: tensors of one shape joined along a new axis."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.concatenation import Concatenation


class Pack(Concatenation):
    """Each input is one value of the output along the new axis."""

    name = "PACK"
    computes = "CONCATENATION"
    stacked = True
    types = ("float32", "int8", "uint8", "int16", "int32", "int64")

    def _check_options(self, view: LayerView) -> list[str]:
        count, option = len(view.layer.inputs), view.option_int("values_count")
        return [] if count == option else [f"has {count} inputs, its option values_count says {option}"]


OPERATOR = Pack()
