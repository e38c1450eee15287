"""Request of the stage that runs an image."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target


class RunRequest(Request[File], stage="run"):
    """Run an image in the emulator."""

    image: File = source("linked image")
    graph: File = source("graph of the network")
    constants: File = source("its constants")
    plan: File = source("plan that the image was made of")
    tflite: File = source("network of the oracle")
    samples: File = source("inputs to run on")
    run: File = target("JSON file to write")
    board: File = option("description of the board")
