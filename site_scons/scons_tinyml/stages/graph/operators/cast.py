"""CAST: values to another type, without their fractions; not quantized."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView

_INPUTS: tuple[NumberType, ...] = ("bool", "int8", "uint8", "int16", "int32", "uint32", "int64", "float32")
_OUTPUTS = ("int8", "int16", "int32", "float32", "bool", "uint8", "int64", "uint32")
"""Types of the output; the position in this list is TINYML_TO_<type> of the header."""

_UNDEFINED = ("float32", "uint32")


class Cast(Operator):
    """Conversion with kernels of the input's type. A float too large for the integer becomes its largest value."""

    name = "CAST"
    input_names = ("input",)
    litert_types = ("uint8", "int64")

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True when TensorFlow Lite Micro casts neither from the input's type nor to the output's."""
        return not {view.input(0).type, view.output().type}.isdisjoint(self.litert_types)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        source, output = view.input(0), view.output()
        if source.type not in _INPUTS:
            problems.append(f"input is {source.type}, expected one of {', '.join(_INPUTS)}")
        if output.type not in _OUTPUTS:
            problems.append(f"output is {output.type}, expected one of {', '.join(_OUTPUTS)}")
        if (source.type, output.type) == _UNDEFINED:
            problems.append("converts float32 to uint32, which is undefined for negative values; use int32")
        return problems or check_shape(output, "output", source.shape)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input."""
        if (view.input(0).type, view.output().type) == _UNDEFINED:
            return None
        return one_type(_INPUTS, view.input(0))

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values, and the number of the output's type."""
        return {"size": view.input(0).elements, "output_type": _OUTPUTS.index(view.output().type)}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_cast_<type of the input>_params`."""
        return CStruct(f"tinyml_cast_{view.input(0).type}_params", self.attributes(view))


OPERATOR = Cast()
