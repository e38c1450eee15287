"""SIGNAL_FILTER_BANK_LOG: logarithms of energies."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.signal.base import Signal, check_options
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView


class SignalFilterBankLog(Signal):
    """The natural logarithm of values that are shifted to the left first, times a scale; 0 for values up to 1."""

    name = "SIGNAL_FILTER_BANK_LOG"
    custom_code = "SignalFilterBankLog"
    types = ("uint32",)
    input_names = ("input",)
    inputs = (("uint32", 1),)
    outputs = (("output", "int16", 1),)

    def _check_values(self, view: LayerView) -> list[str]:
        ranges = {"input_correction_bits": (0, 31), "output_scale": (0, 2**16)}
        return check_options(view, ranges) + check_shape(view.output(), "output", view.input(0).shape)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values and the options."""
        return {
            "size": view.input(0).elements,
            "input_correction_bits": view.option_int("input_correction_bits"),
            "output_scale": view.option_int("output_scale"),
        }

    def _tables(self, view: LayerView) -> Mapping[str, CArray]:  # noqa: ARG002
        corrections = (log2(1 + i / _SEGMENTS) - i / _SEGMENTS for i in range(_SEGMENTS + 1))
        return {"corrections": CArray("uint16_t", tuple(round(_ONE * value) for value in corrections))}


_SEGMENTS, _ONE = 128, 2**16
"""Segments of the logarithm to base 2 between two powers of two, and 1 in its fixed point."""


OPERATOR = SignalFilterBankLog()
