"""SIGNAL_WINDOW: samples times a window, scaled by a power of two."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_options, rows
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView


class SignalWindow(Signal):
    """The window repeats for every row. Results are limited to 16 bits."""

    name = "SIGNAL_WINDOW"
    custom_code = "SignalWindow"
    input_names = ("input", "weights")
    inputs = (("int16", -1), ("int16", 1))
    outputs = (("output", "int16", -1),)

    def _check_values(self, view: LayerView) -> list[str]:
        size, window = view.input(0).shape[-1], view.input(1).elements
        problems = [
            *check_options(view, {"shift": (0, 31)}),
            *check_shape(view.output(), "output", view.input(0).shape),
        ]
        return problems if size == window else [f"rows have {size} values, the window {window}"]

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number and length of rows, and the shift to the right."""
        return {
            "rows": rows(view.input(0)),
            "row_size": view.input(1).elements,
            "shift": view.option_int("shift"),
        }


OPERATOR = SignalWindow()
