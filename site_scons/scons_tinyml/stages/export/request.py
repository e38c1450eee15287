"""Request of the stage that exports a network."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class ExportRequest(Request[File], stage="export"):
    """Write the folder of a network for another build system."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    plan: File = source("plan that its C code follows")
    network: File = source("C file of the network")
    header: File = source("its header")
    weights: File = source("C file of the constants")
    weights_header: File = source("its header")
    kernels: File = source("C file of the kernels that were generated")
    kernels_header: File = source("its header")
    archive: tuple[File, ...] = source("kernels of a set, compiled: <set>.a", default=())
    report: File = source("report of the image, which has passed")
    manifest: File = target("manifest in the folder of the export")
    system: str = option("build system, a file of stages/export/systems")
    board: File = option("description of the board")
    sets: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    external: tuple[str, ...] = place("set=folder of external sources, several times", default=())
