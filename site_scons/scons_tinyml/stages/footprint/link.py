"""Linking a network with one kernel at a time: what the linker adds for it is what the kernel costs.

The network calls placeholders in the place of kernels. The image with placeholders alone is the part that every
assignment has; a kernel is then asked for by name, and the linker adds the sections that it reaches, out of its own
archive and out of the C library, by the same rules as for the real image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.records.placement import code_alignment_bytes, place
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.render import linker_script, main_code
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    NETWORK_OPTIMIZE,
    OF_ANY_SIZE,
    Toolchain,
    core_flags,
)
from scons_tinyml.stages.footprint.link_map import InputSection, input_sections
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.candidates import Applicability
from scons_tinyml.stages.plan.footprint import CodePart, Footprint
from scons_tinyml.stages.plan.lifetimes import round_up
from scons_tinyml.stages.plan.memory import plan_memory

PLACEHOLDERS = "placeholders"
DATA_ALIGNMENT_BYTES = 4
"""Of sections other than code: what a gap before the next one costs at most is within the margin."""
_IN_FLASH = (".text", ".rodata", ".ARM.exidx", ".data")
_IN_RAM = (".data", ".bss")


@dataclass(frozen=True)
class LinkJob:
    """What an image of the network is linked from."""

    board: Board
    graph: Graph
    toolchain: Toolchain
    include_folders: tuple[Path, ...]
    link_inputs: tuple[Path, ...]
    folder: Path


def footprint(job: LinkJob, found: Mapping[int, Sequence[Applicability]]) -> Footprint:
    """The footprint of the network with each kernel of `found`, its candidates by layer, that can run its layer."""
    usable = {layer: [item for item in items if item.reason is None] for layer, items in found.items()}
    kernels = {item.kernel.name: item.kernel for items in usable.values() for item in items}
    linker = _Linker(job, usable)
    fixed, base = linker.link(None)
    with ThreadPoolExecutor(cpu_count()) as pool:
        linked = list(pool.map(lambda kernel: linker.link(kernel)[1], kernels.values()))
    added = {name: sections - base for name, sections in zip(kernels, linked, strict=True)}
    alignment = code_alignment_bytes(job.board)
    stubs = sum(_flash_bytes(section, alignment) for section in base if PLACEHOLDERS in section.file)
    return Footprint(
        flash_bytes=fixed[0] - stubs,
        ram_bytes=fixed[1],
        parts=dict(_parts((section for sections in added.values() for section in sections), alignment)),
        kernels={
            name: tuple(sorted({part.identity for part in sections})) for name, sections in added.items()
        },
    )


class _Linker:
    """The network compiled once, to be linked with any kernel."""

    def __init__(self, job: LinkJob, usable: Mapping[int, Sequence[Applicability]]) -> None:
        self._job = job
        scratch = {layer: max(item.scratch_bytes for item in items) for layer, items in usable.items()}
        memory = plan_memory(job.graph, {layer: size for layer, size in scratch.items() if size})
        self._arena_bytes = memory.arena_bytes
        stubs = {layer: _placeholder(items[0].kernel) for layer, items in usable.items()}
        sources = {
            **generate(job.graph, memory, stubs, job.graph.name),
            "main.c": main_code(c_identifier(job.graph.name), job.graph.has_state),
            f"{PLACEHOLDERS}.c": _definitions(stubs.values()),
            "link.ld": linker_script(job.board, place(job.board, memory.arena_bytes)),
        }
        for name, text in sources.items():
            files.write_text(job.folder / name, text)
        names = [Path(name).stem for name in sources if name.endswith(".c")]
        with ThreadPoolExecutor(cpu_count()) as pool:
            self._objects = list(pool.map(self._compile, names))

    def _compile(self, name: str) -> str:
        job = self._job
        flags = (*core_flags(job.board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE)
        includes = [f"-I{path}" for path in (job.folder, *job.include_folders)]
        target = str(job.folder / f"{name}.o")
        arguments = [*flags, *includes, "-c", "-o", target, str(job.folder / f"{name}.c")]
        job.toolchain.run(arguments, what=f"compiling {name}.c to see its size")
        return target

    def link(self, kernel: Kernel | None) -> tuple[tuple[int, int], frozenset[InputSection]]:
        """Bytes of flash, and of data and bss, of the image with `kernel` in it, and its sections."""
        job, name = self._job, kernel.function if kernel else PLACEHOLDERS
        image, link_map = job.folder / f"{name}.elf", job.folder / f"{name}.map"
        asked = [f"-Wl,-u,{kernel.function}"] if kernel else []
        script = ["-T", str(job.folder / "link.ld"), f"-Wl,-Map,{link_map}"]
        inputs = [*self._objects, *(str(path) for path in job.link_inputs), *LINK_LIBRARIES]
        flags = [*core_flags(job.board), *LINK_FLAGS, *OF_ANY_SIZE]
        job.toolchain.run(
            [*flags, *asked, *script, "-o", str(image), *inputs], what=f"linking {name} to see its size"
        )
        sizes = image_sizes(read_image(image), job.board, c_identifier(job.graph.name), self._arena_bytes)
        sections = _combined(input_sections(link_map.read_text()))
        return (sizes.flash_bytes, sizes.data_bytes + sizes.bss_bytes), sections


def _placeholder(kernel: Kernel) -> Kernel:
    function = f"{PLACEHOLDERS}_{kernel.operator.lower()}_{kernel.type}"
    return kernel.model_copy(update={"function": function})


def _definitions(stubs: Iterable[Kernel]) -> str:
    names = sorted({kernel.function for kernel in stubs})
    return "".join(f"void {name}(void);\nvoid {name}(void)\n{{\n}}\n" for name in names)


def _combined(sections: Sequence[InputSection]) -> frozenset[InputSection]:
    """Those that take memory, sections of one name in one file as one."""
    sizes = Counter[tuple[str, str, str]]()
    for section in sections:
        if section.output in (*_IN_FLASH, *_IN_RAM):
            sizes[section.output, section.name, section.file] += section.size
    return frozenset(InputSection(*key, size) for key, size in sizes.items())


def _parts(sections: Iterator[InputSection], alignment: int) -> Iterator[tuple[str, CodePart]]:
    for section in sorted(set(sections), key=lambda section: section.identity):
        ram = round_up(section.size, DATA_ALIGNMENT_BYTES) if section.output in _IN_RAM else 0
        yield section.identity, CodePart(_flash_bytes(section, alignment), ram)


def _flash_bytes(section: InputSection, alignment: int) -> int:
    if section.output not in _IN_FLASH:
        return 0
    return round_up(section.size, alignment if section.output == ".text" else DATA_ALIGNMENT_BYTES)
