"""Parts of a whole, largest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from scons_tinyml.records.report import ArenaBlock, LayerReport, Report, Share
from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.parts import parts_of
from scons_tinyml.stages.plan.lifetimes import ALIGNMENT_BYTES, Block, blocks, live_bytes
from scons_tinyml.stages.plan.memory import MemoryPlan, layers_in_place


def largest(parts: Iterable[tuple[str, float]], whole: float, count: int = 3) -> tuple[Share, ...]:
    """Return the `count` largest of `parts` that are not zero, with their percentage of `whole`."""
    ordered = sorted((part for part in parts if part[1]), key=lambda part: -part[1])
    return tuple(
        Share(name=name, value=value, percent=round(100 * value / whole, 1))
        for name, value in ordered[:count]
    )


def layer_label(layer: LayerReport) -> str:
    """Return the name of a layer in messages: 'layer 3 (CONV_2D)'."""
    return f"layer {layer.index} ({layer.operator})"


def flash_shares(report: Report) -> tuple[Share, ...]:
    """Return the weights by layer, code by function, and all other constants together."""
    parts = [(f"weights of {layer_label(layer)}", layer.weight_bytes) for layer in report.layers]
    parts += [*report.flash.functions.items(), ("other constants and data", report.flash.other_bytes)]
    return largest(parts, report.flash_bytes)


def ram_shares(report: Report) -> tuple[Share, ...]:
    """Return the blocks of the arena at its peak, stack, bss and data."""
    ram = report.ram
    parts = [(f"arena: {part.name}", part.value) for part in report.memory_plan.peak]
    parts += [("stack", ram.stack_bytes), ("bss", ram.bss_bytes), ("data", ram.data_bytes)]
    return largest(parts, report.ram_bytes)


def latency_shares(report: Report) -> tuple[Share, ...]:
    """Return the seconds by layer, largest first."""
    parts = [(layer_label(layer), layer.cycles / report.clock_hz) for layer in report.layers]
    return largest(parts, report.latency_s.value)


def peak_shares(
    graph: Graph, scratch_bytes: Mapping[int, int], in_place: Collection[int] = ()
) -> tuple[Share, ...]:
    """Return the blocks that are alive at the peak of the arena, largest first."""
    parts = blocks(graph, scratch_bytes, ALIGNMENT_BYTES, in_place)
    peak = _peak(parts)
    alive = [part for part in parts if part.first <= peak <= part.last]
    whole = sum(part.size_bytes for part in alive)
    producers = _producers(graph)
    return largest(
        ((_block_name(graph, producers, part), part.size_bytes) for part in alive), whole, len(alive)
    )


def _peak(parts: Sequence[Block]) -> int:
    """Return the first layer at which most bytes of `parts` are needed."""
    live = live_bytes(parts)
    return max(sorted({part.first for part in parts}), key=live.__getitem__, default=0)


def _producers(graph: Graph) -> dict[int, Layer]:
    return {index: layer for layer in reversed(graph.layers) for index in layer.outputs}


def producers_of(graph: Graph, layer: Layer) -> tuple[int, ...]:
    """Return the layers whose outputs `layer` reads, -1 for inputs of the network, without constants."""
    producers, parts = _producers(graph), parts_of(graph)
    given = (index for index in layer.inputs if index is not None and not graph.tensors[index].is_constant)
    found: list[int] = []
    for index in given:
        holder = graph.holder(index).index
        making = [producers[one].index for one in (index, holder, *parts.get(holder, ())) if one in producers]
        found += sorted(making) or [-1]
    return tuple(dict.fromkeys(found))


def arena_blocks(
    graph: Graph, plan: MemoryPlan, scratch_bytes: Mapping[int, int]
) -> tuple[int | None, tuple[ArenaBlock, ...]]:
    """Return the first layer at the peak of the arena, and all blocks with their places in `plan`."""
    parts = blocks(graph, scratch_bytes, ALIGNMENT_BYTES, layers_in_place(graph, plan))
    producers = _producers(graph)
    return _peak(parts) if parts else None, tuple(
        ArenaBlock(
            name=_block_name(graph, producers, part),
            kind="tensor" if part.tensors else "scratch",
            first=part.first,
            last=max(part.last, 0),
            offset_bytes=_offset(graph, plan, part),
            size_bytes=part.size_bytes,
        )
        for part in parts
        if part.size_bytes
    )


def _offset(graph: Graph, plan: MemoryPlan, block: Block) -> int:
    if not block.tensors:
        return plan.scratch_offsets[block.first]
    index = block.tensors[0]
    return plan.offsets[index] - graph.offset_bytes(index) + block.offset_bytes


def _block_name(graph: Graph, producers: Mapping[int, Layer], block: Block) -> str:
    if not block.tensors:
        layer = graph.layers[block.first]
        return f"scratch of layer {layer.index} ({layer.operator})"
    if graph.holder(block.tensors[0]).index in graph.inputs:
        return "input of the network"
    producer = next(producers[index] for index in block.tensors if index in producers)
    return f"output of layer {producer.index} ({producer.operator})"
