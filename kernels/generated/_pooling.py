"""Parts that generators of pooling layers share."""

from __future__ import annotations

from collections.abc import Iterator

from _c_function import c_function
from _pool_windows import LANES, Reduction, Windows, windows_body

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import Implementation, Input, Output

ARGUMENTS = ("const int8_t *input", "int8_t *output")


def objection(view: LayerView, channels: int, core: Core) -> str | None:
    """Return the reason why a reduction of pixels with `channels` cannot be generated."""
    if known_operator(view).number_type(view) != "int8":
        return "is for int8 activations"
    if channels < LANES:
        return f"is for {LANES} channels or more, the layer has {channels}"
    if channels % LANES and "dsp" not in core.features:
        return f"is for multiples of {LANES} channels without dsp, the layer has {channels}"
    return None


def reduced(
    prefix: str, description: str, windows: Windows, reduction: Reduction, headers: tuple[str, ...] = ()
) -> Iterator[Implementation]:
    """Yield the function that reduces all windows of an image."""
    function = c_function(prefix, description, ARGUMENTS, windows_body(windows, reduction), headers)
    yield Implementation(name="", function=function.name, code=function.code, arguments=(Input(0), Output(0)))
