"""SIGNAL_STACKER: features of this inference behind those of inferences before."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.base import Signal, check_sizes
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class SignalStacker(Signal):
    """The first features count as those before. The second output says that the stack is complete, which it always is.

    A stack with features of later inferences, or one that moves on by several at once, has undefined outputs in
    between, and is refused.
    """

    name = "SIGNAL_STACKER"
    custom_code = "SignalStacker"
    input_names = ("input", "state")
    inputs = (("int16", 1),)
    outputs = (("output", "int16", 1), ("valid", "bool", 0))

    def hidden_state(self, view: LayerView) -> tuple[TensorType, tuple[int, ...]] | None:
        """Return the features before, and 1 once there are some."""
        return "int16", (view.input(0).elements * max(0, view.option_int("stacker_left_context")) + 1,)

    def _check_values(self, view: LayerView) -> list[str]:
        right, step = view.option_int("stacker_right_context"), view.option_int("stacker_step")
        left, channels = view.option_int("stacker_left_context"), view.option_int("num_channels")
        if right or step != 1:
            return [
                f"stacker_right_context is {right} and stacker_step {step}: outputs of some inferences are "
                "undefined; only 0 and 1 give one for each"
            ]
        if left < 0:
            return [f"stacker_left_context is {left}, expected 0 or more"]
        named = {"input": view.input(0), "output": view.output()}
        return check_sizes(named, (channels, channels * (left + 1)))

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of features, and of inferences before."""
        return {"channels": view.input(0).elements, "before": view.option_int("stacker_left_context")}


OPERATOR = SignalStacker()
