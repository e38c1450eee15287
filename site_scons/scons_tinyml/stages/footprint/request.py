"""Request of the stage that measures code size."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class FootprintRequest(Request[File], stage="footprint"):
    """See what kernels cost in flash."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    startup: File = source("object of the start-up code")
    archives: tuple[File, ...] = source("compiled kernel sets")
    schedules: File = source("offers of generators that were measured")
    footprint: File = target("JSON file to write")
    board: File = option("description of the board")
    kernels: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    compiler: str = place("command or path of the compiler")
    external: tuple[str, ...] = place("set=checkout that replaces its wheel, several times", default=())
