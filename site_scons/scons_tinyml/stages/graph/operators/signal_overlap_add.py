"""SIGNAL_OVERLAP_ADD: samples as sums of overlapping frames."""

from __future__ import annotations

from math import prod

from scons_tinyml.stages.graph.families.signal.base import Signal
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class SignalOverlapAdd(Signal):
    """The part of a sum that later frames add to is kept for them. Sums of integers are limited to 16 bits."""

    name = "SIGNAL_OVERLAP_ADD"
    custom_code = "SignalOverlapAdd"
    types = ("int16", "float32")
    input_names = ("input", "state")
    inputs = ((None, -1),)
    outputs = (("output", None, -1),)

    def hidden_state(self, view: LayerView) -> tuple[TensorType, tuple[int, ...]] | None:
        """Return the sums of each row that later frames add to; None for an input without frames."""
        shape = view.input(0).shape
        return (view.input(0).type, (prod(shape[:-2]), shape[-1])) if len(shape) > 1 else None

    def _check_values(self, view: LayerView) -> list[str]:
        shape, step = view.input(0).shape, view.option_int("frame_step")
        if len(shape) < 2 or not 1 <= step <= shape[-1]:
            return [f"frame_step is {step}, expected a part of the frames of {list(shape)}"]
        return check_shape(view.output(), "output", (*shape[:-2], shape[-2] * step))

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of rows, the frames of each, and the samples of a frame and between two frames."""
        *outer, frames, size = view.input(0).shape
        return {
            "rows": prod(outer),
            "frames": frames,
            "frame_size": size,
            "frame_step": view.option_int("frame_step"),
        }


OPERATOR = SignalOverlapAdd()
