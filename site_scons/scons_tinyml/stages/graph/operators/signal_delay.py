"""SIGNAL_DELAY: samples of a number of steps before."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_options, rows
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class SignalDelay(Signal):
    """Rows have a delay each; it begins with zeros."""

    name = "SIGNAL_DELAY"
    custom_code = "SignalDelay"
    input_names = ("input", "state")
    inputs = (("int16", -1),)
    outputs = (("output", "int16", -1),)

    def hidden_state(self, view: LayerView) -> tuple[TensorType, tuple[int, ...]] | None:
        """Return the samples of each row that are still to come."""
        return "int16", (rows(view.input(0)), max(1, view.option_int("delay_length")))

    def _check_values(self, view: LayerView) -> list[str]:
        problems = check_options(view, {"delay_length": (0, _LONGEST)})
        return problems + check_shape(view.output(), "output", view.input(0).shape)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number and length of rows, and the steps of the delay."""
        return {
            "rows": rows(view.input(0)),
            "row_size": view.input(0).shape[-1],
            "delay_length": view.option_int("delay_length"),
        }


_LONGEST = 2**20
"""Longest delay: more than any device holds."""


OPERATOR = SignalDelay()
