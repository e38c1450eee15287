"""A sample for one layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """Bytes of a layer's activation inputs and of the outputs that the oracle gave for them."""

    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]
