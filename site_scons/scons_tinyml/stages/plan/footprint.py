"""Flash, data and bss of an image as a function of its kernels: `footprint.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.files import read_json

FLASH_MARGIN_BYTES = 64
"""Largest difference of the prediction to the linked image. Causes are gaps between output sections, and the
instructions that pass the address of scratch. Fitted: the most that was seen is 32, with the prediction too high."""


@dataclass(frozen=True)
class CodePart:
    """A section that the linker puts into the image once, however many kernels need it."""

    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class Footprint:
    """The image without kernels (`flash_bytes`, and data and bss as `ram_bytes`), and what each kernel adds.

    `parts` are known by the file that they come from and their section's name; `kernels` names the parts that the
    image has for a kernel's sake.
    """

    flash_bytes: int
    ram_bytes: int
    parts: Mapping[str, CodePart]
    kernels: Mapping[str, tuple[str, ...]]

    def flash(self, kernels: Iterable[str]) -> int:
        """Bytes of an image with `kernels`, within FLASH_MARGIN_BYTES."""
        return self.flash_bytes + sum(self.parts[name].flash_bytes for name in self._needed(kernels))

    def ram(self, kernels: Iterable[str]) -> int:
        """Bytes of data and bss of an image with `kernels`: neither arena nor stack."""
        return self.ram_bytes + sum(self.parts[name].ram_bytes for name in self._needed(kernels))

    def _needed(self, kernels: Iterable[str]) -> set[str]:
        return {part for kernel in kernels for part in self.kernels.get(kernel, ())}

    def to_json(self) -> dict[str, Any]:
        """Footprint in types that JSON has."""
        return asdict(self)

    @staticmethod
    def from_json(table: Mapping[str, Any]) -> Footprint:
        """The inverse of `to_json`; LookupError, TypeError or AttributeError when `table` is something else."""
        return Footprint(
            flash_bytes=table["flash_bytes"],
            ram_bytes=table["ram_bytes"],
            parts={name: CodePart(**part) for name, part in table["parts"].items()},
            kernels={name: tuple(parts) for name, parts in table["kernels"].items()},
        )


def read_footprint(path: Path) -> Footprint:
    """The footprint in `path`. Raises RecordError when there is none."""
    try:
        return Footprint.from_json(read_json(path))
    except OSError as error:
        raise RecordError(error.strerror or str(error), where=path) from None
    except (LookupError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise RecordError(f"is not a footprint: {error!r}", where=path) from None
