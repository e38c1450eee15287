"""The solver finds what looking at every assignment finds, and decides a hundred layers within a second."""

from __future__ import annotations

import time
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.problems import all_choices, best_of_all, figures_of, problems

from scons_tinyml.stages.plan.footprint import CodePart, Footprint
from scons_tinyml.stages.plan.problem import ORDER, Option, Problem, Spending
from scons_tinyml.stages.plan.solve import best, solve
from support.effort import examples
from support.tflite_builder import NetworkBuilder


@st.composite
def limits(draw: st.DrawFn, problem: Problem) -> Spending:
    """Limits near what some assignment takes, so that they bind now and then."""
    figures = [problem.figures(choice) for choice in all_choices(problem)]

    def near(name: str) -> int | None:
        values = sorted({getattr(one, name) for one in figures})
        return draw(st.none() | st.sampled_from(values) | st.sampled_from([value - 1 for value in values]))

    return Spending(*(near(name) for name in ("cycles", "flash_bytes", "ram_bytes", "arena_bytes")))


@settings(max_examples=examples(100), deadline=None)
@given(st.data(), st.sampled_from(list(ORDER.values())))
def test_best_of_all_assignments(data, order):
    problem = data.draw(problems())
    allowed = data.draw(limits(problem))
    found = solve(problem, allowed, order)
    expected = best_of_all(problem, allowed, order)
    assert (None if found is None else figures_of(problem, found, order)) == expected
    assert found is None or problem.figures(found).within(allowed)


@settings(max_examples=examples(50), deadline=None)
@given(problems())
def test_without_limits_the_solver_agrees_with_the_fastest_kernel_of_each_layer(problem):
    found = solve(problem, Spending())
    assert found is not None
    assert problem.figures(found).cycles == problem.figures(problem.fastest()).cycles
    assert best(problem, Spending()) == problem.fastest()


def chain(layers: int, seed: int = 0) -> Problem:
    """A long network with four kernels a layer: fast and large ones with scratch, slow and small ones without."""
    random, net = Random(seed), NetworkBuilder("chain")
    sizes = sorted((random.choice((800, 1_600, 3_200, 6_400)) for _ in range(layers + 1)), reverse=True)
    values = [net.activation((size,), "int8") for size in sizes]
    for source, target in pairwise(values):
        net.layer("RELU", [source], [target])
    graph = net.finish(values[:1], values[-1:])
    options = {}
    for layer in range(layers):
        base = random.randrange(10_000, 5_000_000)
        family = layer % 5
        options[layer] = (
            Option(f"small/{family}", base * 4, 0),
            Option(f"fast/{family}", base, random.randrange(0, 1_000)),
            Option(f"middle/{family}", base * 2, 200),
            Option("general", base * 3, random.randrange(0, 500)),
        )
    names = sorted({option.kernel for found in options.values() for option in found})
    sizes = {name: (300, 1_500) if name.startswith("small") else (1_500, 6_000) for name in names}
    parts = {name: CodePart(random.randrange(*size), 0) for name, size in sizes.items()}
    parts |= {"shared": CodePart(700, 0), "wide": CodePart(2_000, 0)}
    kernels = {name: (name, "shared", *(("wide",) if name.startswith("fast") else ())) for name in names}
    return Problem(graph, options, Footprint(40_000, 100, parts, kernels))


def test_a_hundred_layers_within_a_second():
    """Of processor time, on average: the hardest of them takes a little more."""
    solve(chain(2), Spending(flash_bytes=0))  # loads the library
    spent_s = []
    for seed in range(4):
        problem = chain(100, seed)
        free = problem.figures(problem.fastest())
        small = problem.figures({layer: options[0].kernel for layer, options in problem.options.items()})
        tight = Spending(
            flash_bytes=(free.flash_bytes + small.flash_bytes) // 2,
            ram_bytes=(free.ram_bytes + small.ram_bytes) // 2,
        )
        assert not free.within(tight)
        started_s = time.process_time()
        found = solve(problem, tight)
        spent_s.append(time.process_time() - started_s)
        assert found is not None
        assert problem.figures(found).within(tight)
    assert sum(spent_s) / len(spent_s) < 1


def test_the_same_program_has_the_same_answer():
    problem = chain(30)
    tight = Spending(flash_bytes=problem.figures(problem.fastest()).flash_bytes - 5_000)
    assert solve(problem, tight) == solve(problem, tight)


def test_code_is_paid_once():
    """Apart, the large kernel is worth its bytes on no layer; on all three together it is."""
    problem = chain(3)
    options = {layer: (Option("fast/x", 100, 0), Option("small/x", 190, 0)) for layer in range(3)}
    parts = {"fast": CodePart(2_000, 0), "small": CodePart(1_500, 0)}
    footprint = Footprint(0, 0, parts, {"fast/x": ("fast",), "small/x": ("small",)})
    problem = Problem(problem.graph, options, footprint)
    assert solve(problem, Spending(flash_bytes=2_000)) == dict.fromkeys(range(3), "fast/x")
    assert solve(problem, Spending(flash_bytes=1_999)) == dict.fromkeys(range(3), "small/x")
    assert solve(problem, Spending(flash_bytes=1_499)) is None
    assert best(problem, Spending(), "flash") == dict.fromkeys(range(3), "small/x")


def test_equal_cycles_are_decided_by_scratch_and_then_by_name():
    options = {0: (Option("a/x", 100, 64), Option("c/x", 100, 0), Option("b/x", 100, 0))}
    problem = Problem(chain(1).graph, options, Footprint(0, 0, {}, {}))
    assert best(problem, Spending()) == {0: "b/x"}
