"""Functions and objects of an image in flash, with what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scons_tinyml.records.report import FlashSymbol
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.sizes import Sizes
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.record import Plan

Use = Literal["weights", "kernel", "network", "other"]
MOST_SYMBOLS = 256
"""Number of the largest symbols in a report."""


@dataclass
class _Kernel:
    """Set and layers of a part of kernels' code."""

    kernel_set: str
    layers: list[int] = field(default_factory=list)


def flash_symbols(
    sizes: Sizes, graph: Graph, plan: Plan, footprint: Footprint | None
) -> tuple[FlashSymbol, ...]:
    """Return the largest symbols of `sizes`, the largest first; `footprint` names the code of kernels."""
    kernels = _kernels(plan, footprint) if footprint else {}
    network = f"{c_identifier(graph.name)}_"
    starts = _starts(network, plan)
    symbols = [(name, size, False) for name, size in sizes.code_by_object.items()]
    symbols += [(name, size, True) for name, size in sizes.data_by_object.items()]
    largest = sorted((one for one in symbols if one[1]), key=lambda one: (-one[1], one[0]))[:MOST_SYMBOLS]
    return tuple(_symbol(name, size, is_data, network, starts, kernels) for name, size, is_data in largest)


def _symbol(
    name: str,
    size: int,
    is_data: bool,
    network: str,
    starts: Mapping[str, int],
    kernels: Mapping[str, _Kernel],
) -> FlashSymbol:
    if name in kernels:
        used = kernels[name]
        layers = tuple(used.layers)
        return FlashSymbol(
            name=name, flash_bytes=size, use="kernel", kernel_set=used.kernel_set, layers=layers
        )
    layer = next((starts[part] for part in _beginnings(name) if part in starts), None)
    is_ours = name.startswith(network) or layer is not None
    use: Use = "other" if not is_ours else "weights" if is_data and name.startswith(network) else "network"
    return FlashSymbol(name=name, flash_bytes=size, use=use, layers=() if layer is None else (layer,))


def _beginnings(name: str) -> list[str]:
    """Return the beginnings of `name` that end with '_', the longest first."""
    return [name[: place + 1] for place in range(len(name) - 1, 0, -1) if name[place] == "_"]


def _starts(network: str, plan: Plan) -> dict[str, int]:
    """Return layers by the beginning of the names of their constants and parameters."""
    return {
        f"{before}{c_identifier(layer.name)}_": layer.index
        for layer in plan.layers
        for before in ("", network)
    }


def _kernels(plan: Plan, footprint: Footprint) -> dict[str, _Kernel]:
    """Return kernels' code by symbol: a section of a part has the name of its symbol."""
    found: dict[str, _Kernel] = {}
    for layer in plan.layers:
        if layer.kernel is None:
            continue
        for part in (
            *footprint.kernels.get(layer.kernel, ()),
            *footprint.parts_on(layer.index, layer.kernel),
        ):
            _, colon, section = part.rpartition(": .")
            if colon and "." in section:
                symbol = section.partition(".")[2]
                found.setdefault(symbol, _Kernel(layer.kernel.partition("/")[0])).layers.append(layer.index)
    return found
