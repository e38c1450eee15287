"""Kernels that were compiled to objects which nobody looks at."""

from __future__ import annotations

from dataclasses import dataclass, field

from scons_tinyml.stages.lowering.implementation import Implementation


@dataclass
class SameObjects:
    """All kernels have one digest, but for those in `others`, by name."""

    others: dict[str, str] = field(default_factory=dict)

    def digest(self, item: Implementation) -> str:
        """64 digits."""
        return self.others.get(item.name, "a" * 64)
