"""Functions of a network that any machine can run: those of a build, or reference kernels in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scons_tinyml.records.errors import InternalError, UnsupportedError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.stages.firmware.sources import closure, headers
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import DeclaredCode, Implementation, implementations
from scons_tinyml.stages.lowering.lower import lower_layer
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory

REFERENCE = "reference"
"""Set of kernels in plain C, one for each operator and type."""
MACHINE = Core("wasm32", frozenset())
"""The machine of a browser, without any feature that a kernel may ask for."""
_OF_ARM = re.compile(
    r"\b(?:asm|__asm|__asm__)\b|\barm_\w+\.h\b|\b__ARM_\w+|\b__builtin_arm_\w+|\bcmsis_\w+\.h\b"
)
"""Words of C that Arm's compilers alone understand."""


@dataclass(frozen=True)
class Portable:
    """A network with functions for any machine, and its places in memory."""

    graph: Graph
    memory: MemoryPlan
    implementations: Mapping[int, Implementation]
    """Function of each layer with a call, by its index."""


def portable(graph: Graph, chosen: Mapping[int, Implementation], sources: KernelSources) -> Portable:
    """Return `graph` with the functions `chosen` by layer that any machine can run, and reference kernels elsewhere.

    Raises UnsupportedError for a layer without a reference kernel.
    """
    found = {
        layer.index: _of_layer(graph, layer.index, chosen.get(layer.index), sources)
        for layer in graph.layers
        if alias_source(graph, layer) is None
    }
    return Portable(graph, _memory(graph, found), found)


def is_portable(item: Implementation, sources: KernelSources) -> bool:
    """Return whether `item` and the headers of its code have no instructions of Arm, and no sources made for them."""
    if isinstance(item.code, DeclaredCode):
        kernel = item.code.kernel
        if kernel.external_sources or kernel.requires:
            return False
        files = closure(sources.files(kernel), sources.include_folders_of(kernel.set_name))
    else:
        if _OF_ARM.search(item.code.text):
            return False
        files = closure(headers(item.code.text, sources.include_folders), sources.include_folders)
    texts = (read_input(path, SOURCE_BYTES).decode(errors="replace") for path in files)
    return all(_OF_ARM.search(text) is None for text in texts)


def _of_layer(
    graph: Graph, layer: int, chosen: Implementation | None, sources: KernelSources
) -> Implementation:
    if chosen is not None and is_portable(chosen, sources):
        return chosen
    view = graph.view(graph.layers[layer])
    found = implementations(lower_layer(view, sources.only({REFERENCE}).providers, MACHINE))
    if not found:
        problem = f"layer {layer} ({view.layer.operator}) has no reference kernel"
        raise UnsupportedError(problem, where=graph.name, hint="a browser runs no other in its place")
    return found[0]


def _memory(graph: Graph, found: Mapping[int, Implementation]) -> MemoryPlan:
    scratch_bytes = {layer: item.scratch_bytes for layer, item in found.items() if item.scratch_bytes}
    in_place = [layer for layer, item in found.items() if item.in_place]
    memory = plan_memory(graph, scratch_bytes, in_place=in_place)
    if problems := check_memory(graph, scratch_bytes, memory, in_place=in_place):
        raise InternalError("; ".join(problems), where=graph.name)
    return memory
