"""What a row would be measured with today: rows that were measured with anything else are stale."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from scons_tinyml.costs.rows import CostRow, Proof


@dataclass(frozen=True)
class Current:
    """The state of a project and of this machine, all of it as text that keys hold.

    What is None cannot be told (sources that were not fetched, an oracle that is not installed) and makes
    nothing stale. What is not there at all is gone, and makes the rows that need it stale.
    """

    compilers: Mapping[str, str]
    """Compiler with its libraries, by core."""
    flags: Mapping[tuple[str, str], str]
    """Flags by core and kernel."""
    sources: Mapping[str, str | None]
    """Digest of the sources, by kernel."""
    generators: Collection[str]
    """Names of generators: their kernels are called so, or so with a schedule behind a dot.

    The digest of a layer's code is not known without the layer: rows are stale by what they have in common alone.
    """
    memories: Mapping[str, Mapping[str, str]]
    """By core: descriptions of the memory, each with the name of a board that has it."""
    timing_versions: Mapping[tuple[str, str], str]
    """Version of the timing model, or of the firmware that measures, by class of evidence and core."""
    oracle: str | None

    def is_generated(self, kernel: str) -> bool:
        """A generator that is there writes `kernel`."""
        return kernel.partition(".")[0] in self.generators


@dataclass(frozen=True)
class Circumstances:
    """What a row or a proof was made with, except for its layer. What only one of them has is empty for the other."""

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
    """Whether it says which object ran."""

    @classmethod
    def of(cls, row: CostRow | Proof) -> Circumstances:
        """Those of a row or a proof."""
        return cls.from_record(row.to_record())

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Circumstances:
        """Those of a record of the table `costs` or `proofs`."""
        known = {**record, "has_object": bool(record["object_digest"])}
        return cls(**{name: known[name] for name in cls.__dataclass_fields__ if name in known})
