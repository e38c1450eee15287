"""Request of the stage that lists kernels."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class NeededRequest(Request[File], stage="needed"):
    """List the kernels of a network."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    needed: File = target("JSON file to write")
    board: File = option("description of the board")
    kernels: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    external: tuple[str, ...] = place("set=checkout that replaces its wheel, several times", default=())
