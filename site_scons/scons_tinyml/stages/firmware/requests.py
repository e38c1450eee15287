"""Requests of the stages for start-up code, sizes and fetched sources."""

from __future__ import annotations

from scons_tinyml.records.images import ARENAS, IMAGES
from scons_tinyml.stages.request import File, Request, option, source, target


class StartupRequest(Request[File], stage="firmware.startup"):
    """Write the start-up code of a board."""

    startup: File = target("C file to write")
    board: File = option("description of the board")
    content: str = option("what it starts", default="network", choices=IMAGES)


class SeveralRequest(Request[File], stage="firmware.several"):
    """Generate what several networks of a firmware have together: main, linker script, the shared arena."""

    graph: tuple[File, ...] = source("graph of each network")
    constants: tuple[File, ...] = source("their constants, in the same order")
    plan: tuple[File, ...] = source("their plans, in the same order")
    main: File = target("C file that runs the networks")
    linker_script: File = target("linker script of the image")
    shared_arena: File | None = target("C file of the arena, where it is shared", default=None)
    board: File = option("description of the board")
    arena: str = option("arenas of their own, or one of all", default="own", choices=ARENAS)


class SizesRequest(Request[File], stage="firmware.sizes"):
    """Read the sizes of an image."""

    image: File = source("linked image")
    graph: File = source("graph of the network")
    constants: File = source("its constants")
    plan: File = source("plan that the image was made of")
    sizes: File = target("JSON file to write")
    board: File = option("description of the board")


class WholeSizesRequest(Request[File], stage="firmware.whole"):
    """Read the sizes of an application: the whole image, split into its networks and the rest."""

    image: File = source("linked image")
    library: tuple[File, ...] = source("archives or objects of the networks and their kernels")
    plan: tuple[File, ...] = source("plan of each network")
    sizes: File = target("JSON file to write")
    board: File = option("description of the board")
    networks: tuple[str, ...] = option("name of each network, in the order of the plans")


class FetchRequest(Request[File], stage="firmware.fetch"):
    """Fetch the external sources of a kernel set."""

    manifest: File = target("JSON list of the files and their digests")
    set: File = option("folder of the kernel set")
