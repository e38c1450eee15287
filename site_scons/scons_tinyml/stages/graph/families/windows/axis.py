"""One axis of a window that slides over an image. Operators of single values have a window of one pixel."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.stages.graph.ir import LayerView


@dataclass(frozen=True)
class WindowAxis:
    """One of the two axes of a window; all lengths in pixels."""

    input: int
    window: int
    stride: int
    dilation: int
    same: bool
    given: tuple[int, int] | None = None
    """Pixels of padding before and after, None for those of SAME or VALID."""

    @property
    def extent(self) -> int:
        """Pixels from the first to the last tap of the window."""
        return (self.window - 1) * self.dilation + 1

    @property
    def output(self) -> int:
        """Number of window positions."""
        if self.same:
            return -(-self.input // self.stride)
        return max(0, (sum(self.given or ()) + self.input - self.extent) // self.stride + 1)

    @property
    def _padding(self) -> int:
        return max(0, (self.output - 1) * self.stride + self.extent - self.input)

    @property
    def padding_before(self) -> int:
        """Pixels of padding above, or to the left of, the image."""
        return self.given[0] if self.given else self._padding // 2

    @property
    def padding_after(self) -> int:
        """Pixels of padding below, or to the right of, the image, that a window reads."""
        return max(0, self._padding - self.padding_before)


def single_pixels(view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
    """Return the window of a layer with one result for each value, or pair of values, of images.

    None if an input is repeated, but for constants of one value or of one for each channel.
    """
    shape = view.output().shape
    given = [view.graph.tensors[index] for index in view.layer.inputs if index is not None]
    same = all(tensor.shape == shape for tensor in given if not tensor.is_constant)
    repeated = all(tensor.elements in (1, *tensor.shape[-1:]) for tensor in given if tensor.is_constant)
    if len(shape) != len("NHWC") or not same or not repeated:
        return None
    return WindowAxis(shape[1], 1, 1, 1, same=False), WindowAxis(shape[2], 1, 1, 1, same=False)
