"""Stage: the emulator's native code for one core is compiled, where no process of this machine has done so before.

python -m scons_tinyml.stages native_code --core cortex-m4 --stamp build/common/native/cortex-m4.json

It depends on no model and no board, so that a build makes it beside training. Whatever emulates calls `prepare` too:
the object code lies in a folder of the person, which may have been emptied since.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.native import compiled
from scons_tinyml.stages import files
from scons_tinyml.stages.progress import progress

_TITLE = "native code of the emulator"


def prepare(core: str) -> None:
    """Compile the native code of a core ('cortex-m4') with progress on stderr; nothing when it is there.

    Raises UnsupportedError for a core without a timing model.
    """
    model = timing_for(core)
    if compiled.is_compiled(model.native):
        return
    if not sys.stderr.isatty():
        print(f"  {_TITLE} is compiled for {core}, once on this machine", file=sys.stderr, flush=True)
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


def main(arguments: Sequence[str]) -> None:
    """Entry point of the stage."""
    parser = ArgumentParser(prog="native_code", description="Compile the emulator's native code for a core.")
    parser.add_argument("--core", required=True, metavar="NAME")
    parser.add_argument("--stamp", type=Path, required=True, help="JSON file to write")
    options = parser.parse_args(arguments)
    prepare(options.core)
    model = timing_for(options.core)
    files.write_json(
        options.stamp, {"core": options.core, "step": model.native, "sources": compiled.content(model.native)}
    )
