"""Run a stage as a process: `python -m scons_tinyml.stages train --model ...`, `... firmware.sizes ...`.

Ctrl-C and errors are handled before the stage is imported, so that all commands report them alike. `main` of
the stage's module takes a request, which is read from the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages import command, interrupt, lifeline
from scons_tinyml.stages.guarded import guarded
from scons_tinyml.stages.request import Request, parse

Main = Callable[[Any], None]


def find_main(stage: str) -> tuple[Main, type[Request[Path]]]:
    """Return `main` of the stage's module (or its package's `__main__`), and the type of its request."""
    name = f"{__package__}.{stage}"
    spec = find_spec(name)
    if spec is None:
        raise InternalError(f"there is no stage '{stage}'")
    module = import_module(name if spec.submodule_search_locations is None else f"{name}.__main__")
    main: Main = module.main
    return main, get_origin(get_type_hints(main)["request"])


def run() -> None:
    """Run the stage that the first word of the command line names, and leave the process."""
    lifeline.follow_build()
    stage, *arguments = sys.argv[1:]
    command.run(lambda: _load(stage), arguments)


def _load(stage: str) -> command.Main:
    main, kind = find_main(stage)

    def called(arguments: Sequence[str]) -> None:
        request = parse(kind, arguments)
        if kind.foreign:
            guarded(lambda: main(request), getattr(request, kind.foreign))
        else:
            main(request)

    return called


if __name__ == "__main__":
    interrupt.begin()
    run()
elif __name__ == "__mp_main__":
    interrupt.end_silently()  # in a worker process, which imports this module again
