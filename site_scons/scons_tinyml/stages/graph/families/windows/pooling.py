"""Base of AVERAGE_POOL_2D and MAX_POOL_2D: a window over each channel of an NHWC image."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import check_activation, range_fields
from scons_tinyml.stages.graph.families.quantization.scales import check_same_quantization, check_scaled
from scons_tinyml.stages.graph.families.tensors import activation_type, check_counts
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.families.windows.geometry import (
    Window,
    check_images,
    check_output,
    check_window_options,
    window_of,
)
from scons_tinyml.stages.graph.ir import LayerView

_STEPS = ("filter_height", "filter_width", "stride_h", "stride_w")
_NOT_PASSED = ("output_channels", "dilation_height", "dilation_width")


class Pooling(Operator):
    """A window whose values are reduced to one; pixels of the padding do not count."""

    input_names = ("input",)
    image_inputs = (0,)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        problems = [*check_images(view), *check_window_options(view, *_STEPS), *check_activation(view)]
        return problems or self._check_shapes(view)

    def _check_shapes(self, view: LayerView) -> list[str]:
        if view.output().shape[3] != view.input(0).shape[3]:
            return [f"output has {view.output().shape[3]} channels, the input {view.input(0).shape[3]}"]
        problems = [
            *check_output(view, self._window(view)),
            *check_scaled(view.input(0), "input"),
            *check_scaled(view.output(), "output"),
        ]
        return problems or check_same_quantization(view.input(0), view.output(), "input and output")

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return activation_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the geometry of the window."""
        return self._without_unused(self._window(view).attributes())

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<operator>_<type>_params`."""
        geometry = self._without_unused(self._window(view).fields())
        c_type = f"tinyml_{self.name.lower()}_{self.number_type(view)}_params"
        return CStruct(c_type, {**geometry, **range_fields(view)})

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
        """Return the window along rows and columns."""
        window = self._window(view)
        return window.height, window.width

    @staticmethod
    def _window(view: LayerView) -> Window:
        height, width = view.option_int("filter_height"), view.option_int("filter_width")
        return window_of(view, height, width, dilated=False)

    @staticmethod
    def _without_unused(fields: dict[str, int]) -> dict[str, int]:
        kept = {name: value for name, value in fields.items() if name not in _NOT_PASSED}
        kept["channels"] = kept.pop("input_channels")
        return kept
