"""MEAN and SUM of int8 over neighbouring axes, such as height and width of an image: four channels at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from _c_function import requantized
from _lanes import Sums
from _pool_windows import Windows
from _pooling import objection, reduced

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, OutputRange
from scons_tinyml.stages.lowering.thumb.sums import Sums as ReachedSums

TAKES = ("MEAN int8",)


class _ScaledSums(Sums):
    """Sums that are scaled by proven constants, or as TensorFlow Lite Micro does."""

    headers = ("tinyml/fixed_point.h",)

    def __init__(self, fields: Mapping[str, int], pixels: int, *, dsp: bool) -> None:
        super().__init__(dsp=dsp)
        self._offset = fields["sum_offset"]
        factor = FixedPoint(fields["multiplier"], fields["shift"])
        self._reached = ReachedSums(
            factor, INT8_MIN * pixels + self._offset, INT8_MAX * pixels + self._offset
        )
        self._output = OutputRange(fields["output_offset"])

    def finish(self, name: str, pixels: int | str) -> list[str]:  # noqa: ARG002
        """Return the scaling of a sum."""
        offset = [f"{name} += {self._offset};"] if self._offset else []
        scaled = requantized(name, self._reached, self._output, short=not self._dsp)
        return [*offset, f"{name} = tinyml_clamp({scaled}, {INT8_MIN}, {INT8_MAX});"]


class Mean(Generator):
    """Pixels are summed in lanes of 16 bits."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a layer with the computation MEAN, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "MEAN":
            return
        fields = operator.parameters(view).fields
        numbers = {name: value for name, value in fields.items() if isinstance(value, int)}
        reason = objection(view, numbers["inner_size"], core)
        if reason is None and numbers["outer_reduced_size"] * numbers["middle_size"] > 1:
            reason = "is for axes that are neighbours"
        if reason is not None:
            yield Refusal("", reason)
            return
        outer, pixels = numbers["outer_size"], numbers["reduced_size"]
        windows = Windows(outer, pixels, numbers["inner_size"], 1, pixels, outer, 1)
        sums = _ScaledSums(numbers, pixels, dsp="dsp" in core.features)
        description = f"Scaled sums of {pixels} pixels of {windows.channels} channels"
        yield from reduced("mean", description, windows, sums, sums.headers)


GENERATOR = Mean()
