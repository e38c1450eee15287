"""Networks with other types, as the stage `quality.alternatives` writes them."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_noted


def read_network(path: Path, fold_constant_channels: str) -> Graph | None:
    """Return the network in `path`; None for an empty file, which stands for one that cannot be made."""
    if not path.stat().st_size:
        return None
    return read_noted(path, () if fold_constant_channels == "yes" else ("fold_constant_channels",))[0]
