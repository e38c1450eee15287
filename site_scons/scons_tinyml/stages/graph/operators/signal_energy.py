"""SIGNAL_ENERGY: squares of the absolute values of a spectrum."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_sizes
from scons_tinyml.stages.graph.ir import LayerView


class SignalEnergy(Signal):
    """Only frequencies from `start_index` to before `end_index` have a value in the oracle; here, others are 0."""

    name = "SIGNAL_ENERGY"
    custom_code = "SignalEnergy"
    input_names = ("input",)
    inputs = (("int16", 1),)
    outputs = (("output", "uint32", 1),)

    def _check_values(self, view: LayerView) -> list[str]:
        size, start, end = (
            view.output().elements,
            view.option_int("start_index"),
            view.option_int("end_index"),
        )
        if not 0 <= start <= end <= size:
            return [
                f"start_index is {start} and end_index {end}, expected places in an output of {size} values"
            ]
        return check_sizes({"input": view.input(0)}, (2 * size,))

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of frequencies, and the first and last ones with a value."""
        return {
            "size": view.output().elements,
            "start_index": view.option_int("start_index"),
            "end_index": view.option_int("end_index"),
        }


OPERATOR = SignalEnergy()
