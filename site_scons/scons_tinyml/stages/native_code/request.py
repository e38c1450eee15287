"""Request of the stage that compiles the emulator."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, target


class NativeCodeRequest(Request[File], stage="native_code"):
    """Compile the emulator's native code for a core."""

    stamp: File = target("JSON file to write")
    core: str = option("name of the core, such as cortex-m4")
