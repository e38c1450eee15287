"""SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION: energies without an estimate of their noise, and the estimate."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_options, check_sizes
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class SignalFilterBankSpectralSubtraction(Signal):
    """The estimate is smoothed from inference to inference, with other factors in odd channels."""

    name = "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION"
    custom_code = "SignalFilterBankSpectralSubtraction"
    types = ("uint32",)
    input_names = ("input", "state")
    inputs = (("uint32", 1),)
    outputs = (("output", "uint32", 1), ("noise_estimate", "uint32", 1))

    def hidden_state(self, view: LayerView) -> tuple[TensorType, tuple[int, ...]] | None:
        """Return the estimate of the last inference."""
        return "uint32", view.input(0).shape

    def _check_values(self, view: LayerView) -> list[str]:
        size = view.option_int("num_channels")
        named = {"input": view.input(0), "output": view.output(), "noise_estimate": view.output(1)}
        bits = {"smoothing_bits": (0, 31), "spectral_subtraction_bits": (0, 31)}
        return check_sizes(named, (size,) * 3) + check_options(view, bits)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of channels and all options."""
        return {"channels": view.input(0).elements, **{name: int(view.option_int(name)) for name in _OPTIONS}}


_OPTIONS = (
    "smoothing",
    "one_minus_smoothing",
    "alternate_smoothing",
    "alternate_one_minus_smoothing",
    "smoothing_bits",
    "min_signal_remaining",
    "spectral_subtraction_bits",
    "clamping",
)


OPERATOR = SignalFilterBankSpectralSubtraction()
