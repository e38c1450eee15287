"""SIGNAL_PCAN: energies with a gain that follows from the estimate of their noise."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_options, check_sizes
from scons_tinyml.stages.graph.ir import LayerView


class SignalPcan(Signal):
    """PCAN: per-channel amplitude normalization. The gain is a table of parabolas, one for each power of two."""

    name = "SIGNAL_PCAN"
    custom_code = "SignalPCAN"
    types = ("uint32",)
    input_names = ("input", "noise_estimate", "gains")
    inputs = (("uint32", 1), ("uint32", 1), ("int16", 1))
    outputs = (("output", "uint32", 1),)

    def _check_values(self, view: LayerView) -> list[str]:
        size, gains = view.input(0).elements, view.input(2).elements
        named = {"noise_estimate": view.input(1), "output": view.output()}
        problems = check_sizes(named, (size,) * 2) + check_options(view, {"snr_shift": (0, 63)})
        return problems if gains >= _GAINS else [f"gains has {gains} values, expected {_GAINS}"]

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of channels, and the shift to the right."""
        return {"channels": view.input(0).elements, "snr_shift": view.option_int("snr_shift")}


_GAINS = 125
"""Three for 0, 1 and 2, then four for each power of two up to 31, of which the last one is not used."""


OPERATOR = SignalPcan()
