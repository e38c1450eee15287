"""MAXIMUM and MINIMUM of int8, and RELU, RELU6 and others that only limit values: four values at a time."""

from __future__ import annotations

from collections.abc import Iterator

from _extremes import WORD_BYTES, Choice, limited_words, pair_of_words
from _pairs import Pairs, pair_implementation

from scons_tinyml.stages.graph.byte_functions import BYTES, ByteFunction, byte_function
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp
from scons_tinyml.stages.graph.families.quantization.scales import INT8_MAX, INT8_MIN
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Implementation, Input, Lowered, Output, Refusal

TAKES = ("MAXIMUM int8", "MINIMUM int8", "RELU int8", "RELU6 int8")

_LARGER = {"MAXIMUM": True, "MINIMUM": False}
_LIMITING = ("RELU", "RELU6", "LOOKUP", "QUANTIZE", *_LARGER)


class Extremes(Generator):
    """Two inputs meet value by value, or a row of one meets each row of the other; or one input has two limits."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a layer that chooses the larger or smaller value, or a Refusal."""
        operator = known_operator(view)
        computation, dsp = operator.computation(view), "dsp" in core.features
        if computation not in _LIMITING:
            return
        found = byte_function(view)
        if isinstance(found, ByteFunction):
            limits = _limits(found)
            if limits is not None and not dsp:
                yield Refusal("", "needs dsp to limit values; a table is faster without")
            elif limits is not None:
                function = limited_words(*limits, view.output().elements)
                arguments = (Input(found.position), Output(0))
                yield Implementation("", function.name, function.code, arguments, in_place=True)
            elif computation != "LOOKUP":
                yield Refusal("", "is for layers that leave values between two limits as they are")
        elif computation in _LARGER:
            yield _of_pairs(view, _LARGER[computation], dsp=dsp)


def _limits(found: ByteFunction) -> tuple[int, int] | None:
    """Return the limits of a function that only limits values, None for any other one."""
    least, most = found.results[INT8_MIN], found.results[INT8_MAX]
    return (least, most) if found.results == tuple(clamp(value, least, most) for value in BYTES) else None


def _of_pairs(view: LayerView, larger: bool, *, dsp: bool) -> Lowered:
    pairs = Pairs.of(view)
    if isinstance(pairs, str):
        return Refusal("", pairs)
    if not dsp and pairs.rows > 1 and pairs.length % WORD_BYTES:
        return Refusal(
            "",
            f"is for rows of multiples of {WORD_BYTES} values without DSP instructions, these have {pairs.length}",
        )
    function = pair_of_words(Choice(larger), pairs.rows, pairs.length, pairs.repeats, dsp=dsp)
    return pair_implementation(view, function.name, function.code)


GENERATOR = Extremes()
