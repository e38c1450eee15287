"""Stage: compile the emulator's native code for one core, unless this machine has it already.

python -m scons_tinyml.stages native_code --core cortex-m4 --stamp build/common/native/cortex-m4.json

It depends on no model and no board, so a build runs it in parallel with training. Stages that emulate call
`prepare` too, because the user's cache folder with the object code may have been emptied since.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.native import compiled
from scons_tinyml.stages import files
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.stages.native_code.request import NativeCodeRequest


def main(request: NativeCodeRequest[Path]) -> None:
    """Entry point of the stage."""
    prepare(request.core)
    step = timing_for(request.core).native
    files.write_json(request.stamp, {"core": request.core, "step": step, "sources": compiled.content(step)})
