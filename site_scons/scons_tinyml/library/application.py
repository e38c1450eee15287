"""Images with sources of users, or of several networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.library.network import Network
from scons_tinyml.records.errors import InputError, InternalError
from scons_tinyml.stages.codegen.generate import generate, sharing_arena
from scons_tinyml.stages.firmware.image import SCRIPT, STARTUP, ImageBuilder
from scons_tinyml.stages.firmware.programs import find_companion
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.several import MAIN, firmware_texts
from scons_tinyml.stages.firmware.toolchain import LINK_LIBRARIES, core_flags, link_flags
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.plan.record import Plan

_CPP = frozenset((".cpp", ".cc", ".cxx", ".C"))


@dataclass(frozen=True)
class Planned:
    """A network with its plan, and the implementation of each layer that runs code."""

    network: Network
    plan: Plan
    implementations: dict[int, Implementation]


@dataclass(frozen=True)
class Application:
    """Sources of users, and how they are compiled and linked. Without `sources` our main runs the networks."""

    sources: Sequence[Path] = ()
    """C, C++ or assembler, by the suffix."""
    flags: Sequence[str] = ()
    """Flags of the compiler, after those that select the core."""
    include_folders: Sequence[Path] = ()
    libraries: Sequence[str | Path] = ()
    """Words of the linker after the sources and networks: archives, -L and -l."""
    linker_script: Path | None = None
    """None: that of the board, as `docs/into-your-firmware.md` describes it."""
    own_startup: bool = False
    """True when `sources` have vector table and reset handler."""


def build_application(
    networks: Sequence[Planned], builder: ImageBuilder, application: Application, arena: str = "own"
) -> Path:
    """Link `networks` and the sources of `application` in the folder of `builder`, and return the ELF file.

    `arena` is 'own' or 'shared'. Raises InputError for names that clash, and for sources that do not compile or link.
    """
    graphs = [(one.network.graph, one.plan.memory) for one in networks]
    texts = firmware_texts(builder.board, graphs, arena)
    if application.sources:
        del texts[MAIN]
    if not application.own_startup:
        texts[STARTUP] = startup_code(builder.board, application=True)
    for one in networks:
        name, memory = one.network.graph.name, one.plan.memory
        shared = sharing_arena(name) if arena == "shared" else None
        texts |= generate(one.network.graph, memory, one.implementations, name, shared)
    builder.write(texts)
    ours = builder.compile([name for name in texts if name.endswith(".c")])
    own = [_compile(builder, application, source) for source in application.sources]
    script = application.linker_script or builder.folder / SCRIPT
    words: list[str | Path]
    elf = builder.folder / "firmware.elf"
    words = [*link_flags(builder.board), "-T", script, "-o", elf, *own, *ours, *builder.archives]
    _run(builder, [*words, *application.libraries, *LINK_LIBRARIES], "linking")
    return elf


def _compile(builder: ImageBuilder, application: Application, source: Path) -> Path:
    target = builder.folder / "sources" / f"{source.name}.o"
    target.parent.mkdir(parents=True, exist_ok=True)
    folders = (builder.folder, *application.include_folders)
    words: list[str | Path] = [*core_flags(builder.board), "-ffunction-sections", "-fdata-sections"]
    words += [*application.flags, *(f"-I{folder}" for folder in folders), "-c", "-o", target, source]
    path = builder.toolchain.path
    compiler = find_companion(path, "g++") if source.suffix in _CPP else path
    _run(
        replace(builder, toolchain=replace(builder.toolchain, path=compiler)),
        words,
        f"compiling {source.name}",
    )
    return target


def _run(builder: ImageBuilder, words: Sequence[str | Path], what: str) -> None:
    """Run the compiler on sources of users. Raises InputError with its output."""
    try:
        builder.toolchain.run(words, what=what)
    except InternalError as error:
        raise InputError(error.problem, where=error.where) from None
