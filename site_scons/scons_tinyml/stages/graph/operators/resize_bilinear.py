"""RESIZE_BILINEAR: an image resized, each pixel interpolated from four."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved
from scons_tinyml.stages.graph.families.moving.resize import check_size, resized_shape, scaled_lengths
from scons_tinyml.stages.graph.families.quantization.scales import check_quantization, round_to_float32
from scons_tinyml.stages.graph.families.tensors import (
    activation_type,
    check_counts,
    check_integers,
    check_shape,
    integers,
)
from scons_tinyml.stages.graph.ir import LayerView

_FRACTION_BITS = 10
"""Bits of fraction of positions in a quantized image."""


class ResizeBilinear(Operator):
    """NHWC. Quantized images keep their quantization."""

    name = "RESIZE_BILINEAR"
    input_names = ("input", "size")
    folded_inputs = (1,)
    types = ("float32", "int8", "int16")
    litert_types = ("int16",)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "size")
        problems = problems or check_moved(view.input(0), view.output(), self.types)
        problems = problems or check_size(view)
        if not problems and all([view.option_int("align_corners"), view.option_int("half_pixel_centers")]):
            problems = ["has both options align_corners and half_pixel_centers, expected at most one"]
        return problems or [
            *check_shape(view.output(), "output", resized_shape(view)),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
            *self._check_ends(view),
        ]

    @staticmethod
    def _check_ends(view: LayerView) -> list[str]:
        """Return a problem when TensorFlow Lite's rounded scale reads behind the end of a quantized image."""
        if view.input(0).type == "float32" or view.option_int("half_pixel_centers"):
            return []
        ends = []
        for axis, resized in enumerate(integers(view.input(1)), start=1):
            length = view.input(0).shape[axis]
            scale = _integer_scale(*scaled_lengths(length, resized, bool(view.option_int("align_corners"))))
            if (resized - 1) * scale >> _FRACTION_BITS >= length:
                pixels = f"{resized} pixels of {length} along dimension {axis}"
                ends.append(f"makes {pixels}: too many for places in {view.input(0).type} images")
        return ends

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return activation_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the shapes of both images, and the flags that control how their pixels are aligned."""
        batch, height, width, channels = view.input(0).shape
        _, rows, columns, _ = view.output().shape
        return {
            "batch": batch,
            "input_height": height,
            "input_width": width,
            "channels": channels,
            "output_height": rows,
            "output_width": columns,
            "align_corners": int(view.option_int("align_corners")),
            "half_pixel_centers": int(view.option_int("half_pixel_centers")),
        }

    def macs(self, view: LayerView) -> int:
        """Four products per value."""
        return 4 * view.output().elements

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_resize_bilinear_<type>_params`."""
        number_type = self.number_type(view)
        scale = _float_scale if number_type == "float32" else _integer_scale
        fields: dict[str, int | float] = {**self.attributes(view)}
        align_corners = bool(fields.pop("align_corners"))
        for axis in ("height", "width"):
            lengths = int(fields[f"input_{axis}"]), int(fields[f"output_{axis}"])
            fields[f"{axis}_scale"] = scale(*scaled_lengths(*lengths, align_corners))
        return CStruct(f"tinyml_resize_bilinear_{number_type}_params", fields)


def _float_scale(length: int, resized: int) -> float:
    return round_to_float32(length / resized)


def _integer_scale(length: int, resized: int) -> int:
    return ((length << _FRACTION_BITS) + resized // 2) // resized


OPERATOR = ResizeBilinear()
