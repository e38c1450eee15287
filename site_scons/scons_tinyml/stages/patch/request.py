"""Request of the stage that makes layers run patch by patch."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target


class PatchRequest(Request[File], stage="patch"):
    """Write a network with less RAM for its activations, and more work."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    patched: File = target("graph to write")
    patched_constants: File = target("file to write its constants to")
    percent: str = option("most work, in percent of the network as it is")
