"""Request of the stage that reads a network."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target


class GraphRequest(Request[File], stage="graph"):
    """Read a .tflite file as a typed graph."""

    tflite: File = source("network to read")
    graph: File = target("JSON file to write")
    constants: File = target("file to write the constants to")
    name: str = option("name of the network")
    fold_constant_channels: str = option(
        "leave out channels that never change", default="yes", choices=("yes", "no")
    )
