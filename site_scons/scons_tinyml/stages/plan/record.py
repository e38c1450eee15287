"""The plan of a network on a board as an artefact, `plan.json`: offsets and kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.costs.key import Evidence
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record, write_json
from scons_tinyml.stages.plan.memory import MemoryPlan

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class Rejection:
    """A kernel of the layer's operator that was not chosen; `cycles` if it is usable."""

    kernel: str
    reason: str
    cycles: int | None = None


@dataclass(frozen=True)
class HardwareRow:
    """Cycles of the layer's kernel on a board, and who measured them."""

    cycles: int
    measured_by: str
    measured_at: str
    pack: PackOrigin | None
    """Pack that the row came with; None if it was measured here."""
    decides: bool
    """False for a pack that nobody trusts: the row is shown alone."""


@dataclass(frozen=True)
class LayerPlan:
    """Kernel of a layer with its measured cycles, or the reason why it has none."""

    index: int
    name: str
    operator: str
    kernel: str | None
    reason: str | None
    cycles: int | None
    scratch_bytes: int
    rejected: tuple[Rejection, ...]
    evidence: Evidence = "emulator"
    """Class of the cycles, the same for all layers."""
    measured_by: str = ""
    """Timing model, or firmware and board."""
    pack: PackOrigin | None = None
    """Pack that the row of the cycles came with; None if it was measured here."""
    hardware: HardwareRow | None = None
    """Row of a board, whether the cycles are its or not."""
    emulator_cycles: int | None = None
    """Cycles in the emulator, in addition to those of a board."""
    digest: str = ""
    """Digest of the implementation: code generation lowers the layer again and must get the same."""
    max_ulps: int = 0
    """Largest distance in ulps of a float32 result from the oracle's."""
    ram_constants: bool = False
    """True when the kernel reads its constants from RAM, or runs there."""

    @property
    def cycles_in_emulator(self) -> int:
        """Cycles for comparison with the run of the whole image in the emulator; 0 without a kernel."""
        return (self.emulator_cycles if self.evidence == "hardware" else self.cycles) or 0


@dataclass(frozen=True)
class Plan:
    """Memory and kernels of a network."""

    memory: MemoryPlan
    layers: tuple[LayerPlan, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the plan in types that JSON has; keys of offsets become text."""
        return {
            "schema_version": SCHEMA_VERSION,
            "memory": {
                "offsets": _with_text_keys(self.memory.offsets),
                "scratch_offsets": _with_text_keys(self.memory.scratch_offsets),
                "arena_bytes": self.memory.arena_bytes,
                "lower_bound_bytes": self.memory.lower_bound_bytes,
            },
            "layers": [asdict(layer) for layer in self.layers],
        }

    @staticmethod
    def from_json(table: Mapping[str, Any]) -> Plan:
        """Return the plan in `table`. Raises LookupError, TypeError or ValueError for other content."""
        if table["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"found schema_version {table['schema_version']!r}, expected {SCHEMA_VERSION}")
        return from_values(Plan, {"memory": table["memory"], "layers": table["layers"]})


def write_plan(plan: Plan, path: Path) -> None:
    """Write `plan.json`."""
    write_json(path, plan.to_json())


def read_plan(path: Path) -> Plan:
    """Return the plan in `path`. Raises InputError when there is none."""
    return read_record(path, Plan.from_json)


def _with_text_keys(offsets: Mapping[int, int]) -> dict[str, int]:
    return {str(index): offset for index, offset in offsets.items()}
