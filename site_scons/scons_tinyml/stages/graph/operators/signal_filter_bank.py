"""SIGNAL_FILTER_BANK: sums of energies in overlapping channels, such as those of the mel scale."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_sizes
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import LayerView


class SignalFilterBank(Signal):
    """Channel i sums the weights of its own frequencies and the unweights of the channel before."""

    name = "SIGNAL_FILTER_BANK"
    custom_code = "SignalFilterBank"
    types = ("uint32",)
    input_names = ("input", "weights", "unweights", "frequency_starts", "weight_starts", "widths")
    inputs = (("uint32", 1), ("int16", 1), ("int16", 1), ("int16", 1), ("int16", 1), ("int16", 1))
    outputs = (("output", "uint64", 1),)

    def _check_values(self, view: LayerView) -> list[str]:
        channels = view.option_int("num_channels")
        named = dict(zip(self.input_names[3:], map(view.input, (3, 4, 5)), strict=True))
        problems = check_sizes({"output": view.output()}, (channels,)) + check_sizes(
            named, (channels + 1,) * 3
        )
        if not all(tensor.is_constant for tensor in named.values()):
            problems.append("starts and widths of channels are computed, expected constants")
        return problems or _check_channels(view)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of channels, and of all weights."""
        return {"channels": view.output().elements, "weight_count": view.input(1).elements}

    def macs(self, view: LayerView) -> int:
        """Return two for each frequency of a channel."""
        return 2 * sum(integers(view.input(5)))


def _check_channels(view: LayerView) -> list[str]:
    """Return a problem with a channel whose frequencies or weights do not exist."""
    size, weights = view.input(0).elements, min(view.input(1).elements, view.input(2).elements)
    for channel, (start, first, width) in enumerate(
        zip(*(integers(view.input(place)) for place in (3, 4, 5)), strict=True)
    ):
        exists = start >= 0 and first >= 0 and start + width <= size and first + width <= weights
        if width > 0 and not exists:
            return [f"channel {channel} has frequencies or weights that do not exist"]
    return []


OPERATOR = SignalFilterBank()
