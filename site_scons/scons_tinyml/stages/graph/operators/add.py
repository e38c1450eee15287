"""ADD: sum of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.common_scale import Addition
from scons_tinyml.stages.graph.ir import LayerView


class Add(Addition):
    """Quantized values are added in a common scale."""

    name = "ADD"

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) == "int32" and view.option_text("fused_activation_function") != "NONE":
            # TensorFlow Lite Micro leaves out the clamp here, other runtimes apply it.
            return ["a sum of int32 cannot have a fused activation"]
        return super()._check_values(view)


OPERATOR = Add()
