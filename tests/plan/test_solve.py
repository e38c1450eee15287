"""The solver finds what looking at every assignment finds, and decides a hundred layers with little work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.problems import all_choices, best_of_all, chain, figures_of, halfway, problems

from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.problem import ORDER, Option, Problem, Spending
from scons_tinyml.stages.plan.solve import _Assignment, best, solve
from scons_tinyml.stages.plan.solver import Program
from support.effort import examples


@st.composite
def limits(draw: st.DrawFn, problem: Problem) -> Spending:
    """Limits near what some assignment takes, so that they bind now and then."""
    figures = [problem.figures(choice) for choice in all_choices(problem)]

    def near(name: str) -> int | None:
        values = sorted({getattr(one, name) for one in figures})
        return draw(st.none() | st.sampled_from(values) | st.sampled_from([value - 1 for value in values]))

    names = ("slow_cycles", "flash_bytes", "ram_bytes", "arena_bytes", "added_bytes")
    found = {name: near(name) for name in names}
    together = sorted({one.arena_bytes + one.added_bytes for one in figures})
    shared = [value - less for value in together for less in (0, 1)]
    found["shared_bytes"] = draw(st.none() | st.sampled_from(shared))
    return Spending(**found)


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
@given(st.data(), st.sampled_from(list(ORDER.values())))
def test_nearest_of_all_assignments(data, order):
    """First the fewest changes, then the figures."""
    problem = data.draw(problems(max_layers=4))
    every, allowed = all_choices(problem), data.draw(limits(problem))
    near = data.draw(st.sampled_from(every))

    def judged(choice):
        changes = sum(choice[layer] != kernel for layer, kernel in near.items())
        return (changes, *figures_of(problem, choice, order))

    found = solve(problem, allowed, order, near)
    expected = min(
        (judged(choice) for choice in every if problem.figures(choice).within(allowed)), default=None
    )
    assert (None if found is None else judged(found)) == expected


@settings(max_examples=examples(50), deadline=None)
@given(st.data())
def test_a_solver_that_lets_a_limit_pass_comes_to_an_end(data):
    """As HiGHS does for limits of ten million cycles: nothing over the limit is ever given."""
    problem = data.draw(problems())
    allowed = data.draw(limits(problem))
    as_it_is = _Assignment._add_limits

    def tolerant(self, given):
        as_it_is(
            self, given if given.slow_cycles is None else replace(given, slow_cycles=given.slow_cycles + 1)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Assignment, "_add_limits", tolerant)
        found = solve(problem, allowed)
    assert found is None or problem.figures(found).within(allowed)


@settings(max_examples=examples(50), deadline=None)
@given(problems())
def test_without_limits_the_solver_agrees_with_the_fastest_kernel_of_each_layer(problem):
    found = solve(problem, Spending())
    assert found is not None
    assert problem.figures(found).cycles == problem.figures(problem.fastest()).cycles
    assert best(problem, Spending()) == problem.fastest()


@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_layers_take_little_work(seed, monkeypatch):
    """In iterations of the simplex method, which are the same on every machine; benchmarks/plan.py takes the time."""
    iterations = []

    def counted(program, terms):
        values = minimise(program, terms)
        iterations.append(program._highs.getInfo().simplex_iteration_count)
        return values

    minimise = Program.minimise
    monkeypatch.setattr(Program, "minimise", counted)
    problem = chain(100, seed)
    limits = halfway(problem)
    assert not problem.figures(problem.fastest()).within(limits)
    found = solve(problem, limits)
    assert found is not None
    assert problem.figures(found).within(limits)
    assert sum(iterations) < 8_000


def test_no_layer_is_divided_between_kernels():
    """Of 190 or 100 cycles each, two layers take 250 or less only when both change; one and a half are no answer."""
    options = dict.fromkeys(range(2), (Option("fast/x", 100, 0), Option("slow/x", 190, 0)))
    problem = Problem(chain(2).graph, options, Footprint(0, 0, {}, {}))
    found = solve(problem, Spending(slow_cycles=250), near=dict.fromkeys(range(2), "slow/x"))
    assert found == dict.fromkeys(range(2), "fast/x")


def test_the_same_program_has_the_same_answer():
    problem = chain(30)
    tight = Spending(flash_bytes=problem.figures(problem.fastest()).flash_bytes - 5_000)
    assert solve(problem, tight) == solve(problem, tight)


def test_code_is_paid_once():
    """Apart, the large kernel is worth its bytes on no layer; on all three together it is."""
    problem = chain(3)
    options = {layer: (Option("fast/x", 100, 0), Option("small/x", 190, 0)) for layer in range(3)}
    parts = {"fast": Part(2_000, 0), "small": Part(1_500, 0)}
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
