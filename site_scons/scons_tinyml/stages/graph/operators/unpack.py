"""UNPACK: a tensor divided along an axis into parts without that axis."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.tensors import check_present
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.split import Split


class Unpack(Split):
    """One output for each value of the input along the axis."""

    name = "UNPACK"
    computes = "SPLIT"
    input_names = ("input",)
    folded_inputs = ()
    types = ("float32", "int8", "uint8", "int16", "int32", "bool")
    litert_types = ("uint8", "bool")
    stacked = True
    typed_input = 0

    def _check_tensors(self, view: LayerView) -> list[str]:
        count, option = len(view.layer.outputs), view.option_int("num")
        wrong = [] if count == option else [f"has {count} outputs, its option num says {option}"]
        return check_present(view, self.input_names) or wrong

    def _given_axis(self, view: LayerView) -> int:
        return view.option_int("axis")


OPERATOR = Unpack()
