"""Requests of the stages for start-up code, sizes and fetched sources."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target

IMAGES = ("network", "application")
"""Images that start-up code starts: our main, or sources of users with constructors and interrupts."""


class StartupRequest(Request[File], stage="firmware.startup"):
    """Write the start-up code of a board."""

    startup: File = target("C file to write")
    board: File = option("description of the board")
    image: str = option("what it starts", default="network", choices=IMAGES)


class SizesRequest(Request[File], stage="firmware.sizes"):
    """Read the sizes of an image."""

    image: File = source("linked image")
    graph: File = source("graph of the network")
    constants: File = source("its constants")
    plan: File = source("plan that the image was made of")
    sizes: File = target("JSON file to write")
    board: File = option("description of the board")


class FetchRequest(Request[File], stage="firmware.fetch"):
    """Fetch the external sources of a kernel set."""

    manifest: File = target("JSON list of the files and their digests")
    set: File = option("folder of the kernel set")
