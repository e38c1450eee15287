"""Request of the stage that checks a network's size."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class FitRequest(Request[File], stage="fit"):
    """Judge a network by its size alone."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    fit: File = target("JSON file to write")
    board: File = option("description of the board")
    sets: tuple[str, ...] = option("kernel sets to choose from")
    compiler: str = place("command or path of the compiler")
    kernels: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    costs: File = place("database of what was measured")
    boards: tuple[File, ...] = place("folders of boards, the first one of which counts where two have a name")
    subject: str = place("options that name the network on a command line")
    external: tuple[str, ...] = place("set=folder of external sources, several times", default=())
