"""SIGNAL_FILTER_BANK_SQUARE_ROOT: roots of the sums of a filter bank, shifted to the right."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView


class SignalFilterBankSquareRoot(Signal):
    """The shift is computed by the network: that of SIGNAL_FFT_AUTO_SCALE."""

    name = "SIGNAL_FILTER_BANK_SQUARE_ROOT"
    custom_code = "SignalFilterBankSquareRoot"
    types = ("uint64",)
    input_names = ("input", "scale_bits")
    inputs = (("uint64", 1), ("int32", 0))
    outputs = (("output", "uint32", 1),)

    def _check_values(self, view: LayerView) -> list[str]:
        return check_shape(view.output(), "output", view.input(0).shape)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:  # noqa: ARG002
        """Return the limits of the shift, which those of SIGNAL_FFT_AUTO_SCALE keep."""
        return (0, 31) if position == 1 else None


OPERATOR = SignalFilterBankSquareRoot()
