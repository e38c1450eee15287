"""Other kernels for the same network: what optimize= and kernels= would choose of what is measured."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import WayOut

ORDER = 10


def ways(case: Case) -> Iterator[WayOut]:
    """Yield the choices of other options, with layers as they are: whole, or in patches."""
    situation = case.results.situation
    for way in situation.ways():
        figures = situation.whole_problem.figures(way.choice)
        command = f"{case.build} {way.options}{_as_it_is(way.options)}"
        yield case.of_choice("kernels", way.options, command, figures)


def _as_it_is(options: str) -> str:
    """Return the option that keeps layers out of patches, which optimize=ram otherwise brings."""
    return " patches=no" if "optimize=ram" in options else ""
