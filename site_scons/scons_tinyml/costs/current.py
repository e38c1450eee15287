"""Circumstances of measurements today. Rows that were measured under other ones are stale."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from scons_tinyml.costs.rows import CostRow, Proof


@dataclass(frozen=True)
class Current:
    """State of a project and of this machine, in the texts that keys hold.

    None means unknown (sources that are not fetched, an oracle that is not installed) and makes no row stale. A name
    that is missing here no longer exists, and makes the rows that have it stale.
    """

    compilers: Mapping[str, str]
    """Compiler with its libraries, by core."""
    flags: Mapping[tuple[str, str], str]
    """Flags by core and kernel."""
    sources: Mapping[str, str | None]
    """Digest of the sources, by kernel."""
    generators: Collection[str]
    """Names of generators; their kernels have that name, or that name with a schedule behind a dot.

    The digest of generated code is not known without the layer, so it is not compared.
    """
    memories: Mapping[str, Mapping[str, str]]
    """Descriptions of the memory by core, each with the name of a board that has it."""
    timing_versions: Mapping[tuple[str, str], str]
    """Version of the timing model, or of the firmware that measures, by class of evidence and core."""
    oracle: str | None

    def is_generated(self, kernel: str) -> bool:
        """Return whether `kernel` is of one of the generators."""
        return kernel.partition(".")[0] in self.generators


@dataclass(frozen=True)
class Circumstances:
    """Origin of a row or a proof, except for its layer. Fields that only one of them has are empty for the other."""

    kernel: str
    kernel_digest: str
    compiler: str
    flags: str
    core: str
    memory: str = ""
    evidence: str = ""
    timing_version: str = ""
    board: str = ""
    oracle: str = ""
    has_object: bool = True
    """True if it has the digest of the object that ran."""

    @classmethod
    def of(cls, row: CostRow | Proof) -> Circumstances:
        """Return the circumstances of a row or a proof."""
        return cls.from_record(row.to_record())

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Circumstances:
        """Return the circumstances of a record of the table `costs` or `proofs`."""
        known = {**record, "has_object": bool(record["object_digest"])}
        return cls(**{name: known[name] for name in cls.__dataclass_fields__ if name in known})
