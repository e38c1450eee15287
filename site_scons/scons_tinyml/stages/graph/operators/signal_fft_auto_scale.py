"""SIGNAL_FFT_AUTO_SCALE: values shifted to the left as far as 16 bits hold them all, and the shift."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView


class SignalFftAutoScale(Signal):
    """The second output is the number of bits."""

    name = "SIGNAL_FFT_AUTO_SCALE"
    custom_code = "SignalFftAutoScale"
    input_names = ("input",)
    inputs = (("int16", 1),)
    outputs = (("output", "int16", 1), ("scale_bits", "int32", 0))

    def _check_values(self, view: LayerView) -> list[str]:
        return check_shape(view.output(), "output", view.input(0).shape)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}


OPERATOR = SignalFftAutoScale()
