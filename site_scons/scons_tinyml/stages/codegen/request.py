"""Request of the stage that generates C."""

from __future__ import annotations

from scons_tinyml.records.images import ARENAS
from scons_tinyml.stages.request import File, Request, option, place, source, target


class CodegenRequest(Request[File], stage="codegen"):
    """Generate the C of a network, and the main and the linker script of its image."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    plan: File = source("plan to follow")
    network: File = target("C file of the network")
    header: File = target("its header")
    weights: File = target("C file of the constants")
    weights_header: File = target("its header")
    kernels: File = target("C file of the kernels that are generated")
    kernels_header: File = target("its header")
    main: File | None = target("C file that runs the network", default=None)
    linker_script: File | None = target("linker script of the image", default=None)
    board: File = option("description of the board")
    arena: str = option(
        "arena of its own, or one of all networks of a firmware", default="own", choices=ARENAS
    )
    sets: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    external: tuple[str, ...] = place("set=checkout that replaces its wheel, several times", default=())
