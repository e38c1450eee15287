"""Program of `scons explore`: python -m scons_tinyml.explore --model models/NAME/model.toml --boards ... --build ..."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.explore.request import ExploreRequest
from scons_tinyml.records.errors import BudgetExceeded
from scons_tinyml.stages import command, interrupt
from scons_tinyml.stages.request import parse


def main(arguments: Sequence[str]) -> None:
    """Explore. Raises BudgetExceeded if no variant passes on one of the boards."""
    from scons_tinyml.explore.run import run

    request: ExploreRequest[Path] = parse(ExploreRequest, arguments)
    result = run(request)
    none = [board.board for board in result.boards if not any(point.on_front for point in board.points)]
    if none:
        raise BudgetExceeded(
            f"no variant of {result.model} that was built keeps all limits on {', '.join(none)}"
        )


if __name__ == "__main__":
    interrupt.begin()
    command.run(lambda: main, sys.argv[1:])
