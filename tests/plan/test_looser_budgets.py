"""A looser budget fails nothing that passed: on random networks, and on boards smaller than what is asked for."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.plan.problems import all_choices, problems

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.budget import Budgets, limits_from_options
from scons_tinyml.records.limits import resolve_limits, values
from scons_tinyml.records.placement import RESERVED_BYTES
from scons_tinyml.stages.plan.choose import STACK_BYTES, choose, with_margins
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.problem import ORDER, Figures, Objective, Option, Problem, Spending
from scons_tinyml.stages.plan.room import spending
from support.effort import examples
from support.tflite_builder import NetworkBuilder

ROOT = Path(__file__).parents[2]
ACME = read_board(ROOT / "tests" / "failing" / "base" / "boards" / "acme.toml")
NAMES = [field.name for field in fields(Figures) if field.name != "cycles"]
SURE = 15_000


def passes(problem: Problem, budgets: Spending, objective: Objective) -> bool:
    return problem.figures(choose(problem, budgets, objective)).within(budgets)


@st.composite
def budgets_of(draw: st.DrawFn, problem: Problem) -> Spending:
    """Limits at, a little above or a little below what some choice takes; some of them none at all."""
    found = [problem.figures(choice) for choice in all_choices(problem)]

    def limit(name: str) -> int | None:
        near = draw(st.sampled_from((-1, 0, 0, 1, 30, 200, 800)))
        return None if draw(st.booleans()) else getattr(draw(st.sampled_from(found)), name) + near

    given = {name: limit(name) for name in NAMES}
    together = draw(st.none() | st.sampled_from([one.arena_bytes + one.added_bytes for one in found]))
    return Spending(**given, stack_beside_arena=draw(st.booleans()), shared_bytes=together)


@st.composite
def looser(draw: st.DrawFn, budgets: Spending) -> Spending:
    """`budgets` with more room, or none at all."""
    more = st.sampled_from((0, 1, 40, 64, 65, 300, 768, 5_000, 10_000_000))

    def limit(name: str) -> int | None:
        was = getattr(budgets, name)
        return None if was is None or draw(st.booleans()) else was + draw(more)

    return replace(budgets, **{name: limit(name) for name in NAMES})


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), problems(max_layers=4), st.sampled_from(tuple(ORDER)))
def test_what_passes_passes_with_looser_budgets(data, problem, objective):
    tight = data.draw(budgets_of(problem))
    assume(passes(problem, tight, objective))
    assert passes(problem, data.draw(looser(tight)), objective)


@settings(max_examples=examples(100), deadline=None)
@given(st.data(), problems(max_layers=3), st.sampled_from(tuple(ORDER)))
def test_what_passes_on_a_small_board_passes_with_looser_budgets(data, problem, objective):
    """Also with budgets that are larger than its flash, which some choice of kernels fills."""
    found = [problem.figures(choice).flash_bytes for choice in all_choices(problem)]
    small = board(f"{data.draw(st.sampled_from(found))} B")
    asked = data.draw(st.sampled_from((None, *found, *(size + 700 for size in found))))
    more = data.draw(st.sampled_from((None, 1, 100, 10_000)))

    def outcome(flash: int | None) -> bool:
        budgets = allowed(small, **({} if flash is None else {"flash": f"{flash}B"}))
        used = problem.figures(choose(problem, budgets, objective)).flash_bytes
        return used <= min(small.flash_capacity_bytes, flash or small.flash_capacity_bytes)

    assume(outcome(asked))
    assert outcome(None if asked is None or more is None else asked + more)


def two_kernels(small_bytes: int) -> Problem:
    """One layer: 15,000 B and 1,000 cycles with much scratch, or `small_bytes` and 4,000 cycles without."""
    net = NetworkBuilder("net")
    x, y = (net.activation((64,), "int8", scale=0.5) for _ in range(2))
    net.layer("RELU", [x], [y])
    parts = {"fast": Part(5_000, 0), "small": Part(small_bytes - 10_000, 0)}
    footprint = Footprint(10_000, 0, parts, {"a/fast": ("fast",), "b/small": ("small",)})
    options = {0: (Option("a/fast", 1_000, 512), Option("b/small", 4_000, 0))}
    return Problem(net.finish([x], [y]), options, footprint)


def test_room_for_linking_costs_no_latency_that_is_asked_for():
    """With 40 B more than the fast kernel takes, the slow one would keep the flash for sure."""
    problem = two_kernels(14_900)
    for flash_bytes in (15_000, 15_040, 15_100):
        asked = Spending(slow_cycles=2_000, flash_bytes=flash_bytes)
        assert choose(problem, asked, "latency") == {0: "a/fast"}
    assert choose(problem, Spending(flash_bytes=15_040), "latency") == {0: "b/small"}
    assert choose(problem, Spending(slow_cycles=500, flash_bytes=15_040), "latency") == {0: "b/small"}


def test_less_than_all_room_for_the_stack_is_still_room():
    """640 B of RAM keep 700 B without any stack; 128 B keep them with most of it."""
    assert choose(two_kernels(11_000), Spending(ram_bytes=128 + 600), "latency") == {0: "b/small"}


def board(flash: str = "256 KiB", ram: str = "64 KiB") -> Board:
    table = ACME.model_dump(mode="json")
    for region, size in zip(table["memory"], (flash, ram), strict=True):
        region["size"] = size
    table["clock"] = "64 MHz"
    table["supply"] = None
    return Board.model_validate(table)


def allowed(board: Board, data_bytes: int = 0, **options: str) -> Spending:
    limits = values(resolve_limits(board, Budgets(), limits_from_options(options), "m"))
    return spending(board, limits, data_bytes, board.clock)


def test_a_budget_above_the_capacity_chooses_as_none_does():
    small = board("14 KiB", "1 KiB")
    free = allowed(small)
    assert free.flash_bytes == 14 * 1024 < SURE
    assert allowed(small, flash="200KiB", ram="1MiB") == free
    assert choose(two_kernels(11_000), free, "latency") == {0: "b/small"}


def test_data_and_stack_take_from_the_region_that_they_share_with_the_arena():
    found = allowed(board(ram="4 KiB"), data_bytes=100)
    assert (found.arena_bytes, found.stack_beside_arena) == (4096 - 100, True)
    assert with_margins(found).arena_bytes == 4096 - 100 - STACK_BYTES
    assert with_margins(found).shared_bytes == 4096 - 100 - STACK_BYTES
    roomy = read_board(ROOT / "boards" / "stm32l4.toml")
    found = allowed(roomy, data_bytes=100)
    assert (found.arena_bytes, found.stack_beside_arena) == (96 * 1024, False)
    assert with_margins(found).arena_bytes == 96 * 1024
    assert with_margins(found).shared_bytes == 96 * 1024 - 100 - RESERVED_BYTES


def test_weights_in_ram_leave_room_for_the_stack_that_lies_behind_them():
    """An arena that is nearly as large as its region moves data and stack; a smaller one keeps them beside it."""
    limits = Spending(arena_bytes=1000, shared_bytes=900)
    without, few, many = (
        Figures(cycles=1, flash_bytes=1, ram_bytes=1, arena_bytes=arena, added_bytes=added)
        for arena, added in ((1000, 0), (800, 100), (801, 100))
    )
    assert (without.within(limits), few.within(limits), many.within(limits)) == (True, True, False)
    assert without.within(replace(limits, shared_bytes=-1))


def test_the_smaller_of_flash_budget_and_code_region_counts():
    assert allowed(board("14 KiB")).flash_bytes == 14 * 1024
    assert allowed(board("14 KiB"), flash="13KiB").flash_bytes == 13 * 1024
