"""Request of the stage that runs an image."""

from __future__ import annotations

from scons_tinyml.records.images import IMAGES
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
    content: str = option("what the image is", default="network", choices=IMAGES)
    invoke: str = option("function of an application to measure in place of the network's", default="")
    begin: str = option("symbol at which the measured part of an application begins", default="")
    end: str = option("symbol at which it ends", default="")
    sharing: tuple[str, ...] = option("networks of an application that share its arena", default=())
    wait: str = option("time of the board within which each call begins", default="")
