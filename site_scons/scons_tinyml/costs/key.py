"""Keys of the cost database: everything that a measured cycle count or a proof depends on.

This module imports nothing that is slow to load, because every build computes keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Literal

from scons_tinyml.costs.once import once

Evidence = Literal["hardware", "emulator"]
Attributes = tuple[tuple[str, int], ...]


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(value: object) -> str:
    """Return the canonical JSON of `value`: sorted keys, no spaces, ASCII."""
    return _CANONICAL.encode(value)


def canonical_attributes(attributes: Mapping[str, int]) -> Attributes:
    """Return the attributes of a layer (`Operator.attributes`) in the order of their names, flags as 0 or 1."""
    return tuple(sorted((name, int(value)) for name, value in attributes.items()))


@dataclass(frozen=True)
class CostKey:
    """Everything that changes the cycles of one kernel on one layer. The clock is not part of it.

    A changed digest makes another key, and the row under the old key is stale: no build finds it.
    """

    operator: str
    """Name in the TensorFlow Lite schema."""
    number_type: str
    attributes: Attributes
    """Shapes, strides, padding and quantization mode, from `canonical_attributes`."""
    kernel: str
    """'<set>/<name>'."""
    kernel_digest: str
    """SHA-256 over all sources that the kernel is compiled from."""
    code_digest: str
    """SHA-256 over code and constants that were generated for the layer; empty for a declared kernel."""
    compiler: str
    """Version, and digests of the programs that compile and of the libraries that are linked."""
    flags: str
    core: str
    """Core with its floating-point unit, 'cortex-m4f'."""
    memory: str
    """Canonical JSON of `memory.memory_description`."""
    evidence: Evidence
    timing_version: str
    """Version of the emulator's timing model, or of the measuring firmware if the evidence is hardware."""

    @once
    def attributes_text(self) -> str:
        """Canonical JSON of the attributes, whose names are ASCII."""
        from orjson import dumps  # takes a tenth of the time of json: an import makes 100,000 digests

        return dumps(self.attributes).decode("ascii")

    @once
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of all fields: the primary key of the row."""
        text = f'{{"attributes":{self.attributes_text},{_after_attributes(*_after(self))}'
        return sha256(text.encode("ascii")).hexdigest()


_AFTER_ATTRIBUTES = sorted(field.name for field in fields(CostKey) if field.name != "attributes")
_after = attrgetter(*_AFTER_ATTRIBUTES)


@lru_cache(maxsize=4096)
def _after_attributes(*values: str) -> str:
    """Return the canonical JSON of a key behind its attributes. Most keys share it, so it is cached."""
    return canonical_json(dict(zip(_AFTER_ATTRIBUTES, values, strict=True)))[1:]


@dataclass(frozen=True)
class ProofKey:
    """Everything that a comparison of a kernel's output on one layer with the oracle's depends on."""

    layer_digest: str
    """SHA-256 of the layer with its weights and parameters, and of its samples."""
    kernel: str
    kernel_digest: str
    code_digest: str
    compiler: str
    flags: str
    core: str
    oracle: str
    """Name and version of the program that computed the expected output."""

    @once
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of all fields: the primary key of the row."""
        fields_alone = vars(self)  # without the digest, which `once` adds later; asdict would copy
        return sha256(canonical_json(fields_alone).encode("ascii")).hexdigest()
