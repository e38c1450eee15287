"""Random choices of kernels, and the best of each by looking at all of them."""

from __future__ import annotations

from itertools import pairwise, product
from random import Random

from hypothesis import strategies as st
from tests.plan.networks import networks

from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.problem import Choice, Figure, Option, Problem, Spending
from support.tflite_builder import NetworkBuilder

KERNELS = ("a/x", "b/x", "c/x", "d/x")
PARTS = ("p", "q", "r", "s", "t")


@st.composite
def problems(draw: st.DrawFn, max_layers: int = 6) -> Problem:
    """A network whose layers choose from up to four kernels, which share parts of their code."""
    graph = draw(networks(max_layers=max_layers))
    cycles = st.sampled_from((100, 100, 250, 1_000, 12_345, 9_876_543))
    scratch = st.sampled_from((0, 0, 16, 40, 300, 1000))
    slow = st.sampled_from((1.0, 1.05, 1.3))
    sets = st.lists(st.sampled_from(KERNELS), min_size=1, max_size=4, unique=True)
    options = {
        layer.index: tuple(
            Option(name, draw(cycles), draw(scratch), draw(st.booleans()), slow=draw(slow))
            for name in draw(sets)
        )
        for layer in graph.layers
        if alias_source(graph, layer) is None
    }
    sizes = st.integers(0, 3_000)
    parts = {name: Part(draw(sizes), draw(st.sampled_from((0, 0, 64)))) for name in PARTS}
    users = st.lists(st.sampled_from(PARTS), max_size=3, unique=True)
    kernels = {name: tuple(draw(users)) for name in KERNELS}
    return Problem(graph, options, Footprint(5_000, 32, parts, kernels))


def all_choices(problem: Problem) -> list[Choice]:
    """Every assignment there is."""
    names = [[option.kernel for option in options] for options in problem.options.values()]
    return [dict(zip(problem.options, kernels, strict=True)) for kernels in product(*names)]


def figures_of(problem: Problem, choice: Choice, order: tuple[Figure, ...]) -> tuple[int, ...]:
    """What is minimised."""
    figures = problem.figures(choice)
    return tuple(getattr(figures, name) for name in order)


def best_of_all(problem: Problem, limits: Spending, order: tuple[Figure, ...]) -> tuple[int, ...] | None:
    """The least figures of the choices within `limits`."""
    found = (choice for choice in all_choices(problem) if problem.figures(choice).within(limits))
    return min((figures_of(problem, choice, order) for choice in found), default=None)


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
    parts = {name: Part(random.randrange(*size), 0) for name, size in sizes.items()}
    parts |= {"shared": Part(700, 0), "wide": Part(2_000, 0)}
    kernels = {name: (name, "shared", *(("wide",) if name.startswith("fast") else ())) for name in names}
    return Problem(graph, options, Footprint(40_000, 100, parts, kernels))


def halfway(problem: Problem) -> Spending:
    """Limits between the fastest choice of a `chain` and its small kernels."""
    free = problem.figures(problem.fastest())
    small = problem.figures({layer: options[0].kernel for layer, options in problem.options.items()})
    return Spending(
        flash_bytes=(free.flash_bytes + small.flash_bytes) // 2,
        ram_bytes=(free.ram_bytes + small.ram_bytes) // 2,
    )
