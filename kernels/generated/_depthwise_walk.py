"""Geometry of a depthwise layer: runs of outputs along one side of the image, and planes of inputs that they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANE_BYTES = 2
"""Bytes of an activation in a plane for the DSP extension."""
WORD_BYTES = 4
_MOST_SCRATCH = 2
"""Planes of several channels take at most this times the bytes of input and output."""


@dataclass(frozen=True)
class Axis:
    """One side of image and filter."""

    filter: int
    stride: int
    dilation: int
    padding: int
    """Values before the first of the input."""
    input: int
    output: int
    input_pitch_bytes: int
    """From a value of one channel to the next on this side."""
    output_pitch_bytes: int

    @property
    def needed(self) -> int:
        """Values that the outputs read, with padding."""
        return self.stride * (self.output - 1) + self.dilation * (self.filter - 1) + 1

    @property
    def copied(self) -> int:
        """Values of the input among them: they begin behind the padding."""
        return max(0, min(self.input, self.needed - self.padding))


@dataclass(frozen=True)
class Walk:
    """Outputs are computed in runs along one side. A plane holds one channel as int16, a row for each run of inputs.

    Rows of several planes stand side by side.
    """

    across: Axis
    along: Axis
    down: bool = False
    """True for runs along the columns of the image."""
    planes: int = 1
    """Channels that are copied at a time: 1, 2 or 4."""

    @property
    def lane_bytes(self) -> int:
        """From a value of a run to the next."""
        return LANE_BYTES

    @property
    def lanes(self) -> int:
        """Values of a run that are loaded at once."""
        return WORD_BYTES // LANE_BYTES

    @property
    def load(self) -> str:
        """Instruction that loads them."""
        return "ldr"

    @property
    def load_weights(self) -> str:
        """Instruction that loads as many weights."""
        return "ldr"

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of a plane, whole words; and from a plane to the next."""
        return LANE_BYTES * (self.along.needed + self.along.needed % 2)

    @property
    def plane_bytes(self) -> int:
        """From a plane to the next."""
        return self.row_bytes

    @property
    def lane_text(self) -> str:
        """Size of a value in the planes."""
        return "16 bits"

    @property
    def text(self) -> str:
        """How values lie in the planes."""
        return "two neighbours of a run a word"

    @property
    def padding_text(self) -> str:
        """Content of a word of padding."""
        return "two lanes of the zero point"

    def padding_word(self, zero_point: int) -> int:
        """Return a word of values that count as zero."""
        return zero_point % 2**16 * 0x0001_0001

    @property
    def pitch_bytes(self) -> int:
        """From a row of a plane to the next."""
        return self.planes * self.row_bytes

    @property
    def planes_bytes(self) -> int:
        """Bytes of all planes."""
        return self.across.needed * self.pitch_bytes

    @property
    def interior_bytes(self) -> int:
        """From the first plane's begin to its first value of the input."""
        return self.across.padding * self.pitch_bytes + self.lane_bytes * self.along.padding


class WalkOfBytes(Walk):
    """Planes of values of one byte, those of several channels side by side: nothing is expanded."""

    @property
    def lane_bytes(self) -> int:
        """From a value of a run to the next: behind those of the other channels."""
        return self.planes

    @property
    def lanes(self) -> int:
        """Values of a run that are loaded at once."""
        return 1

    @property
    def load(self) -> str:
        """Instruction that loads one."""
        return "ldrsb"

    @property
    def load_weights(self) -> str:
        """Instruction that loads one weight."""
        return "ldrsh"

    @property
    def pitch_bytes(self) -> int:
        """From a row of a plane to the next, whole words."""
        return -(-self.planes * self.along.needed // WORD_BYTES) * WORD_BYTES

    @property
    def plane_bytes(self) -> int:
        """From a plane to the next."""
        return 1

    @property
    def lane_text(self) -> str:
        """Size of a value in the planes."""
        return "bytes"

    @property
    def text(self) -> str:
        """How values lie in the planes."""
        return "those of a pixel side by side"

    @property
    def padding_text(self) -> str:
        """Content of a word of padding."""
        return "four bytes of the zero point"

    def padding_word(self, zero_point: int) -> int:
        """Return a word of values that count as zero."""
        return zero_point % 2**8 * 0x0101_0101


class WalkOfPlanes(WalkOfBytes):
    """Planes of values of one byte, one behind the other."""

    @property
    def lane_bytes(self) -> int:
        """From a value of a run to the next."""
        return 1

    @property
    def pitch_bytes(self) -> int:
        """From a row of a plane to the next."""
        return self.along.needed

    @property
    def plane_bytes(self) -> int:
        """From a plane to the next."""
        return self.across.needed * self.pitch_bytes

    @property
    def planes_bytes(self) -> int:
        """Bytes of all planes, whole words."""
        return -(-self.planes * self.plane_bytes // WORD_BYTES) * WORD_BYTES


def walks(attributes: Mapping[str, int], kind: type[Walk]) -> tuple[Walk, Walk]:
    """Return the walk along rows of the image, and that along columns."""
    rows, columns = (_axis(attributes, side) for side in ("height", "width"))
    return kind(rows, columns), kind(columns, rows, down=True)


def possible_planes(attributes: Mapping[str, int], walk: Walk) -> list[int]:
    """Return the numbers of channels that may be copied at a time, the best first and 1 last."""
    activations_bytes = sum(
        attributes[f"{tensor}_height"] * attributes[f"{tensor}_width"] * attributes[f"{tensor}_channels"]
        for tensor in ("input", "output")
    )
    return [
        planes
        for planes in (4, 2, 1)
        if attributes["input_channels"] % planes == 0
        and (planes * walk.planes_bytes <= _MOST_SCRATCH * activations_bytes or planes == 1)
    ]


def keeps_shape(attributes: Mapping[str, int]) -> bool:
    """Return whether the output has the shape of the input."""
    return all(
        attributes[f"input_{side}"] == attributes[f"output_{side}"]
        for side in ("height", "width", "channels")
    )


def _axis(attributes: Mapping[str, int], side: str) -> Axis:
    start, width = ("top", "_width") if side == "height" else ("left", "")
    pitches = [
        attributes[f"{tensor}_channels"] * (attributes[f"{tensor}{width}"] if width else 1)
        for tensor in ("input", "output")
    ]
    return Axis(
        attributes[f"filter_{side}"],
        attributes[f"stride_{side}"],
        attributes[f"dilation_{side}"],
        attributes[f"padding_{start}"],
        attributes[f"input_{side}"],
        attributes[f"output_{side}"],
        *pitches,
    )
