"""Flash, data and bss of an image as a function of its kernels: `footprint.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record

FLASH_MARGIN_BYTES = 64
"""Largest difference between predicted and linked image.

Causes are gaps between output sections, and instructions that pass the address of scratch. Fitted: the
largest seen is 32, with the prediction too high.
"""


@dataclass(frozen=True)
class Part:
    """A section or an array that the image has once, for any number of layers."""

    flash_bytes: int
    ram_bytes: int
    is_data: bool = False
    """True for constants, which have the same size on every core."""


@dataclass(frozen=True)
class Footprint:
    """The image without kernels (`flash_bytes`, data and bss in `ram_bytes`), and additions by choice.

    `parts` have unique names. `kernels` names the parts that a kernel needs on any layer. `layers` names
    those that it also needs on one layer: constants in its own layout, and code generated for the layer.
    """

    flash_bytes: int
    ram_bytes: int
    parts: Mapping[str, Part]
    kernels: Mapping[str, tuple[str, ...]]
    layers: Mapping[int, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def flash(self, choice: Mapping[int, str]) -> int:
        """Flash bytes of an image with the kernels of `choice` by layer, within FLASH_MARGIN_BYTES."""
        return self.flash_bytes + sum(self.parts[name].flash_bytes for name in self._needed(choice.items()))

    def ram(self, choice: Mapping[int, str]) -> int:
        """Return the bytes of data and bss, not arena and stack, of an image with the kernels of `choice`."""
        return self.ram_bytes + sum(self.parts[name].ram_bytes for name in self._needed(choice.items()))

    def parts_on(self, layer: int, kernel: str) -> tuple[str, ...]:
        """Return parts that `kernel` needs only on `layer`."""
        return self.layers.get(layer, {}).get(kernel, ())

    def is_generated(self, layer: int, kernel: str) -> bool:
        """Return True when the code of `kernel` on `layer` serves that layer alone."""
        return any(not self.parts[part].is_data for part in self.parts_on(layer, kernel))

    def _needed(self, choice: Iterable[tuple[int, str]]) -> set[str]:
        return {
            part
            for layer, kernel in choice
            for part in (*self.kernels.get(kernel, ()), *self.parts_on(layer, kernel))
        }

    def to_json(self) -> dict[str, Any]:
        """Return the footprint in types that JSON has."""
        return asdict(self)

    @staticmethod
    def from_json(table: Mapping[str, Any]) -> Footprint:
        """Return the footprint in `table`.

        Raises ValueError for other content.
        """
        return from_values(Footprint, table)


def read_footprint(path: Path) -> Footprint:
    """Return the footprint in `path`. Raises InputError when there is none."""
    return read_record(path, Footprint.from_json)
