"""Builds that do not keep their limits, as the choice of kernels sees them: random ones, and one of figures at hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import assume
from hypothesis import strategies as st
from tests.plan.problems import KERNELS, all_choices, problems

from scons_tinyml.stages.gate.forecast import Forecast
from scons_tinyml.stages.gate.situation import Situation
from scons_tinyml.stages.plan.assign import Candidate
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.problem import Option, Problem, Spending
from support.tflite_builder import NetworkBuilder

SETS = tuple(sorted({kernel.partition("/")[0] for kernel in KERNELS}))
NO_MARGIN = Forecast(0, 0, 1.0, 1e-6, Spending(), Spending())


def situation_of(problem: Problem, **changes: object) -> Situation:
    """All kernels allowed, the fastest chosen, nothing limited; `changes` are other values of its fields."""
    measured = {
        layer: tuple(
            Candidate(one.kernel, one.cycles, True, one.scratch_bytes, slow=one.slow) for one in options
        )
        for layer, options in problem.options.items()
    }
    first = Situation(
        graph=problem.graph,
        measured=measured,
        footprint=problem.footprint,
        sets=SETS,
        objective="latency",
        budgets=Spending(),
        choice=problem.fastest(),
        forecast=NO_MARGIN,
    )
    return replace(first, **changes)  # type: ignore[arg-type]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Some choice was made, of the kernels of some sets, and it does not keep limits that others may keep."""
    problem = draw(problems(max_layers=4))
    sets = draw(st.sampled_from((SETS, ("a", "b", "c"), ("a", "b"))))
    choices = [
        choice
        for choice in all_choices(problem)
        if {kernel.partition("/")[0] for kernel in choice.values()} <= set(sets)
    ]
    assume(choices)
    choice = draw(st.sampled_from(choices))
    figures = [problem.figures(one) for one in all_choices(problem)]
    names = ("slow_cycles", "flash_bytes", "ram_bytes", "arena_bytes")
    limits = Spending(**{name: _near(draw, figures, name) for name in names})
    assume(not problem.figures(choice).within(limits))
    sure = Spending(
        *(
            None if limit is None else limit - draw(st.sampled_from((0, 10, 700)))
            for limit in (limits.slow_cycles, limits.flash_bytes, limits.ram_bytes, limits.arena_bytes)
        )
    )
    return situation_of(
        problem,
        sets=sets,
        objective=draw(st.sampled_from(("latency", "flash", "ram"))),
        budgets=limits,
        choice=choice,
        forecast=replace(NO_MARGIN, limits=limits, sure=sure),
    )


def _near(draw: st.DrawFn, figures: list, name: str) -> int | None:
    values = sorted({getattr(one, name) for one in figures})
    allowed = st.sampled_from(values) | st.sampled_from([value - 1 for value in values])
    return draw(allowed if name != "arena_bytes" else st.none() | allowed)


def three_layers() -> Problem:
    """Each with a fast and large kernel, with scratch, and a small and slow one; code is paid once."""
    net = NetworkBuilder("net")
    values = [net.activation((64,), "int8", scale=0.5) for _ in range(4)]
    for source, target in pairwise(values):
        net.layer("RELU", [source], [target])
    parts = {"fast": Part(5_000, 0), "small": Part(1_000, 0)}
    footprint = Footprint(10_000, 0, parts, {"a/fast": ("fast",), "b/small": ("small",)})
    options = {layer: (("a/fast", 1_000 * (layer + 1), 512), ("b/small", 4_000, 0)) for layer in range(3)}
    found = {layer: tuple(Option(*one) for one in ones) for layer, ones in options.items()}
    return Problem(net.finish(values[:1], values[-1:]), found, footprint)
