"""Compile the emulator's native code for one core, unless this machine has it already."""

from __future__ import annotations

import os
import sys

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.native import compiled
from scons_tinyml.records.terminals import is_pretty
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.progress import progress

_TITLE = "native code of the emulator"


def prepare(core: str) -> None:
    """Compile the native code of a core ('cortex-m4') with progress on stderr, unless it exists.

    Raises UnsupportedError for a core without a timing model.
    """
    model = timing_for(core)
    if compiled.is_compiled(model.native):
        return
    if not is_pretty(sys.stderr, os.environ):
        print_wrapped(f"  {_TITLE} is compiled for {core}, once on this machine", sys.stderr)
    from scons_tinyml.emulator.timing.native import build, pipeline

    build.import_step(model.native)
    functions = len(pipeline.declared)
    done = 0

    def one_more() -> None:
        nonlocal done
        if done < functions:
            done += 1
            advance()

    with progress(_TITLE, functions + 1) as advance, pipeline.following(one_more):
        compiled.timing(model.native)
        while done < functions:
            one_more()
        advance()
