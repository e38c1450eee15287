"""Link a network with one implementation at a time: the bytes that the linker adds are its cost.

The network calls placeholders instead of kernels. The image with only placeholders is common to all
assignments. Then each kernel is linked by name: the linker adds the sections that it reaches, from its
archive and from the C library, by the rules of the real image. Constants are counted by layer and
implementation, as each implementation may use its own layout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count
from pathlib import Path

from scons_tinyml.records.placement import code_alignment_bytes
from scons_tinyml.stages.codegen.generate import kernel_texts
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.image import ImageBuilder, network_texts
from scons_tinyml.stages.firmware.sizes import DATA_SECTIONS, image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import OF_ANY_SIZE, PRINT_MAP
from scons_tinyml.stages.footprint.data import data_parts
from scons_tinyml.stages.footprint.link_map import InputSection, input_sections
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import (
    DeclaredCode,
    GeneratedCode,
    Implementation,
    Lowered,
    implementations,
)
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.lifetimes import round_up
from scons_tinyml.stages.plan.memory import plan_memory

PLACEHOLDERS = "placeholders"
DATA_ALIGNMENT_BYTES = 4
"""Alignment of sections other than code. A gap before the next section is within the margin."""
_IN_FLASH = (".text", ".rodata", ".ARM.exidx", *DATA_SECTIONS)
_IN_RAM = (*DATA_SECTIONS, ".bss")


def footprint(builder: ImageBuilder, graph: Graph, lowered: Mapping[int, Sequence[Lowered]]) -> Footprint:
    """Return the footprint of `graph` with each implementation in `lowered`, by layer."""
    usable = {layer: implementations(items) for layer, items in lowered.items()}
    linker = _Linker(builder, graph, usable)
    fixed, base = linker.link(None)
    functions = {item.function: item for items in usable.values() for item in items}
    with ThreadPoolExecutor(cpu_count()) as pool:
        linked = list(pool.map(lambda item: linker.link(item)[1], functions.values()))
    added = {name: sections - base for name, sections in zip(functions, linked, strict=True)}
    alignment = code_alignment_bytes(builder.board)
    stubs = sum(_flash_bytes(section, alignment) for section in base if PLACEHOLDERS in section.file)
    data = data_parts(usable)
    code = _parts((section for sections in added.values() for section in sections), alignment)
    needed = {name: tuple(sorted({part.identity for part in sections})) for name, sections in added.items()}
    return Footprint(
        flash_bytes=fixed[0] - stubs - data.flash_bytes,
        ram_bytes=fixed[1] - data.ram_bytes,
        parts={**dict(code), **data.parts},
        kernels={
            item.name: needed[item.function]
            for items in usable.values()
            for item in items
            if not _is_generated(item)
        },
        layers=_with_generated(data.layers, usable, needed),
    )


def _with_generated(
    layers: Mapping[int, Mapping[str, tuple[str, ...]]],
    usable: Mapping[int, Sequence[Implementation]],
    needed: Mapping[str, tuple[str, ...]],
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return `layers` with the code of generated functions, which differs by layer even under one name."""
    found = {layer: dict(options) for layer, options in layers.items()}
    for layer, items in usable.items():
        for item in filter(_is_generated, items):
            options = found.setdefault(layer, {})
            options[item.name] = (*options.get(item.name, ()), *needed[item.function])
    return found


class _Linker:
    """A network compiled once, to be linked with any kernel."""

    def __init__(
        self, builder: ImageBuilder, graph: Graph, usable: Mapping[int, Sequence[Implementation]]
    ) -> None:
        self._builder = builder
        self._name = c_identifier(graph.name)
        scratch = {layer: max(item.scratch_bytes for item in items) for layer, items in usable.items()}
        memory = plan_memory(graph, {layer: size for layer, size in scratch.items() if size})
        self._arena_bytes = memory.arena_bytes
        stubs = {layer: _placeholder(layer, items[0]) for layer, items in usable.items()}
        generated = {
            item.function: item for items in usable.values() for item in items if _is_generated(item)
        }
        texts = network_texts(builder.board, graph, memory, stubs, graph.name)
        texts[f"{PLACEHOLDERS}.c"] = _definitions(stubs.values())
        builder.write(texts)
        self._objects = builder.compile([name for name in texts if name.endswith(".c")])
        self._generated = _compile_generated(builder, generated.values())

    def link(self, kernel: Implementation | None) -> tuple[tuple[int, int], frozenset[InputSection]]:
        """Return flash bytes, bytes of data and bss, and sections of the image with `kernel` linked in."""
        name = kernel.function if kernel else PLACEHOLDERS
        required = [f"-Wl,-u,{kernel.function}"] if kernel else []
        own = [self._generated[kernel.function]] if kernel and kernel.function in self._generated else []
        flags = [*OF_ANY_SIZE, *required, PRINT_MAP]
        image, link_map = self._builder.link_printing([*self._objects, *own], name, flags)
        sizes = image_sizes(read_image(image), self._builder.board, self._name, self._arena_bytes)
        sections = _combined(input_sections(link_map))
        return (sizes.flash_bytes, sizes.data_bytes + sizes.bss_bytes), sections


def _compile_generated(builder: ImageBuilder, items: Iterable[Implementation]) -> dict[str, Path]:
    """Compile each generated function; return the objects by function name."""
    texts = {item.function: kernel_texts(f"kernel_{item.function}", [item]) for item in items}
    for files in texts.values():
        builder.write(files)
    return dict(zip(texts, builder.compile([f"kernel_{name}.c" for name in texts]), strict=True))


def _is_generated(item: Implementation) -> bool:
    return isinstance(item.code, GeneratedCode)


def _placeholder(layer: int, item: Implementation) -> Implementation:
    """Return `item` with an empty function. Declared kernels of one operator and type share one."""
    if isinstance(item.code, DeclaredCode):
        function = f"{PLACEHOLDERS}_{item.code.kernel.operator.lower()}_{item.code.kernel.type}"
        kernel = item.code.kernel.model_copy(update={"function": function})
        return replace(item, function=function, code=DeclaredCode(kernel))
    function = f"{PLACEHOLDERS}_{layer}"
    declaration = item.code.declaration.replace(item.function, function, 1)
    return replace(item, function=function, code=GeneratedCode(declaration, ""))


def _definitions(stubs: Iterable[Implementation]) -> str:
    names = sorted({stub.function for stub in stubs})
    return "".join(f"void {name}(void);\nvoid {name}(void)\n{{\n}}\n" for name in names)


def _combined(sections: Sequence[InputSection]) -> frozenset[InputSection]:
    """Return the sections that take memory; those of one name and file are merged."""
    sizes = Counter[tuple[str, str, str]]()
    for section in sections:
        if section.output in (*_IN_FLASH, *_IN_RAM):
            sizes[section.output, section.name, section.file] += section.size
    return frozenset(InputSection(*key, size) for key, size in sizes.items())


def _parts(sections: Iterator[InputSection], alignment: int) -> Iterator[tuple[str, Part]]:
    for section in sorted(set(sections), key=lambda section: section.identity):
        ram = round_up(section.size, DATA_ALIGNMENT_BYTES) if section.output in _IN_RAM else 0
        yield section.identity, Part(_flash_bytes(section, alignment), ram)


def _flash_bytes(section: InputSection, alignment: int) -> int:
    if section.output not in _IN_FLASH:
        return 0
    return round_up(section.size, alignment if section.output == ".text" else DATA_ALIGNMENT_BYTES)
