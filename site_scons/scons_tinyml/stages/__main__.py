"""A stage as a process: `python -m scons_tinyml.stages train --model ...`, `... firmware.sizes --image ...`.

The stage is imported once Ctrl-C and errors are told as all commands tell them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages import command, interrupt, lifeline


def find_main(stage: str) -> command.Main:
    """`main` of the module of a stage, or of the `__main__` of its package."""
    name = f"{__package__}.{stage}"
    spec = find_spec(name)
    if spec is None:
        raise InternalError(f"there is no stage '{stage}'")
    module = import_module(name if spec.submodule_search_locations is None else f"{name}.__main__")
    main: command.Main = module.main
    return main


def run() -> None:
    """Run the stage that the first word of the command line names, and leave the process."""
    lifeline.follow_build()
    stage, *arguments = sys.argv[1:]
    command.run(lambda: find_main(stage), arguments)


if __name__ == "__main__":
    interrupt.leave_at_once()
    run()
elif __name__ == "__mp_main__":
    interrupt.end_silently()  # a worker, which imports what its stage was started with
