"""Flash, data and bss of an image as a function of its kernels: `footprint.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.files import read_json

FLASH_MARGIN_BYTES = 64
"""Largest difference of the prediction to the linked image. Causes are gaps between output sections, and the
instructions that pass the address of scratch. Fitted: the most that was seen is 32, with the prediction too high."""


@dataclass(frozen=True)
class Part:
    """A section or an array that the image has once, however many layers need it."""

    flash_bytes: int
    ram_bytes: int
    is_data: bool = False
    """Constants, which take the same on every core."""


@dataclass(frozen=True)
class Footprint:
    """The image without kernels (`flash_bytes`, and data and bss as `ram_bytes`), and what each choice adds.

    `parts` are known by names of their own. `kernels` names the parts that a kernel needs on whatever layer, `layers`
    those that it needs besides on one: constants in its own layout, and code that was generated for the layer.
    """

    flash_bytes: int
    ram_bytes: int
    parts: Mapping[str, Part]
    kernels: Mapping[str, tuple[str, ...]]
    layers: Mapping[int, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def flash(self, choice: Mapping[int, str]) -> int:
        """Bytes of an image with the kernels of `choice` by layer, within FLASH_MARGIN_BYTES."""
        return self.flash_bytes + sum(self.parts[name].flash_bytes for name in self._needed(choice.items()))

    def ram(self, choice: Mapping[int, str]) -> int:
        """Bytes of data and bss of an image with the kernels of `choice` by layer: neither arena nor stack."""
        return self.ram_bytes + sum(self.parts[name].ram_bytes for name in self._needed(choice.items()))

    @property
    def most_ram_bytes(self) -> int:
        """Bytes of data and bss of an image with everything that there is to choose from."""
        return self.ram_bytes + sum(part.ram_bytes for part in self.parts.values())

    def parts_on(self, layer: int, kernel: str) -> tuple[str, ...]:
        """Parts that `kernel` needs on `layer` and not on others."""
        return self.layers.get(layer, {}).get(kernel, ())

    def _needed(self, choice: Iterable[tuple[int, str]]) -> set[str]:
        return {
            part
            for layer, kernel in choice
            for part in (*self.kernels.get(kernel, ()), *self.parts_on(layer, kernel))
        }

    def to_json(self) -> dict[str, Any]:
        """Footprint in types that JSON has."""
        return asdict(self)

    @staticmethod
    def from_json(table: Mapping[str, Any]) -> Footprint:
        """The inverse of `to_json`; LookupError, TypeError or AttributeError when `table` is something else."""
        return Footprint(
            flash_bytes=table["flash_bytes"],
            ram_bytes=table["ram_bytes"],
            parts={name: Part(**part) for name, part in table["parts"].items()},
            kernels={name: tuple(parts) for name, parts in table["kernels"].items()},
            layers={
                int(layer): {kernel: tuple(parts) for kernel, parts in options.items()}
                for layer, options in table["layers"].items()
            },
        )


def read_footprint(path: Path) -> Footprint:
    """The footprint in `path`. Raises RecordError when there is none."""
    try:
        return Footprint.from_json(read_json(path))
    except OSError as error:
        raise RecordError(error.strerror or str(error), where=path) from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"is not a footprint: {error!r}", where=path) from None
