"""SIGNAL_FRAMER: overlapping frames of the samples of this inference and of those before."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, rows
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class SignalFramer(Signal):
    """The second output says that the frames are complete, which they always are with `prefill`."""

    name = "SIGNAL_FRAMER"
    custom_code = "SignalFramer"
    input_names = ("input", "state")
    inputs = (("int16", -1),)
    outputs = (("output", "int16", -1), ("valid", "bool", 0))

    def hidden_state(self, view: LayerView) -> tuple[TensorType, tuple[int, ...]] | None:
        """Return the samples of each row that later frames begin with."""
        return "int16", (rows(view.input(0)), max(1, _kept(view)))

    def _check_values(self, view: LayerView) -> list[str]:
        size, step, length = (
            view.option_int("frame_size"),
            view.option_int("frame_step"),
            view.input(0).shape[-1],
        )
        if not 1 <= step <= size or length % step:
            return [f"frame_step is {step}, expected a part of {length} samples, at most frame_size, {size}"]
        if size > step and not view.option_int("prefill"):
            return ["prefill is off: the first outputs are undefined; convert with prefill"]
        return check_shape(view.output(), "output", (*view.input(0).shape[:-1], length // step, size))

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of rows, the frames of each, and the samples of a frame and between two frames."""
        step = view.option_int("frame_step")
        return {
            "rows": rows(view.input(0)),
            "frames": view.input(0).shape[-1] // step,
            "frame_size": view.option_int("frame_size"),
            "frame_step": step,
        }


def _kept(view: LayerView) -> int:
    return view.option_int("frame_size") - view.option_int("frame_step")


OPERATOR = SignalFramer()
