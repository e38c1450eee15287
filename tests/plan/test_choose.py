"""Budgets are kept with room for what is not known yet, then without it; without any way the fastest is built."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.stages.plan.assign import Candidate
from scons_tinyml.stages.plan.choose import STACK_BYTES, Reasons, choose, with_margins
from scons_tinyml.stages.plan.footprint import FLASH_MARGIN_BYTES, Footprint, Part
from scons_tinyml.stages.plan.problem import Option, Problem, Spending
from support.tflite_builder import NetworkBuilder


def problem() -> Problem:
    net = NetworkBuilder("net")
    x, y = (net.activation((64,), "int8", scale=0.5) for _ in range(2))
    net.layer("RELU", [x], [y])
    parts = {"fast": Part(5_000, 0), "small": Part(1_000, 0)}
    footprint = Footprint(10_000, 0, parts, {"a/fast": ("fast",), "b/small": ("small",)})
    options = {0: (Option("a/fast", 1_000, 512), Option("b/small", 4_000, 0))}
    return Problem(net.finish([x], [y]), options, footprint)


def why_not(kernel: str, budgets: Spending, objective: str = "latency") -> str:
    found = problem()
    choice = choose(found, budgets, objective)
    options = {option.kernel: Candidate(option.kernel, option.cycles, True, 0) for option in found.options[0]}
    return Reasons(found, choice, budgets, objective)(0, options[kernel], options[choice[0]])


def test_a_budget_is_kept_with_its_margin():
    fits = 15_000 + FLASH_MARGIN_BYTES
    assert choose(problem(), Spending(flash_bytes=fits), "latency") == {0: "a/fast"}
    assert choose(problem(), Spending(flash_bytes=fits - 1), "latency") == {0: "b/small"}


def test_where_no_margin_is_left_the_budget_itself_counts():
    assert choose(problem(), Spending(flash_bytes=11_000), "latency") == {0: "b/small"}
    assert with_margins(Spending(flash_bytes=11_000)).flash_bytes == 11_000 - FLASH_MARGIN_BYTES


def test_a_budget_that_nothing_keeps_gets_what_is_best_without_it():
    assert choose(problem(), Spending(flash_bytes=10_999), "latency") == {0: "a/fast"}
    assert choose(problem(), Spending(flash_bytes=10_999), "flash") == {0: "b/small"}


def test_a_latency_is_kept_at_the_slow_end_of_the_error_band():
    """The kernel with more cycles has a narrower band, and alone keeps 1,200 cycles, less 1 % between layers."""
    found = problem()
    banded = (Option("a/fast", 1_000, 512, slow=1.3), Option("b/small", 1_050, 0, slow=1.05))
    found = replace(found, options={0: banded})
    assert choose(found, Spending(), "latency") == {0: "a/fast"}
    assert choose(found, Spending(slow_cycles=1_200), "latency") == {0: "b/small"}
    assert choose(found, Spending(slow_cycles=1_100), "latency") == {0: "a/fast"}, "none keeps it"
    limits = Spending(slow_cycles=1_200)
    fast, small = (Candidate(one.kernel, one.cycles, True, 0) for one in banded)
    assert Reasons(found, {0: "b/small"}, limits, "latency")(0, fast, small) == (
        "faster, with 1,000 cycles against 1,050, but the slow end of the error band would be 112 cycles over what "
        "the budget leaves"
    )


def test_ram_leaves_room_for_the_stack():
    arena = 128 + 512
    assert choose(problem(), Spending(ram_bytes=arena + STACK_BYTES), "latency") == {0: "a/fast"}
    assert choose(problem(), Spending(ram_bytes=arena + STACK_BYTES - 1), "latency") == {0: "b/small"}


def test_least_ram_takes_no_more_flash_for_generated_code_than_the_image_without_it():
    """Two kernels with as little RAM: the generated one is faster, and larger than all others."""
    found = problem()
    parts = {**found.footprint.parts, "code for 0": Part(3_000, 0), "code for 0, short": Part(900, 0)}
    made = {"c/large": ("code for 0",), "c/short": ("code for 0, short",)}
    options = (*found.options[0], Option("c/large", 500, 0), Option("c/short", 600, 0))
    footprint = replace(found.footprint, parts=parts, layers={0: made})
    larger = replace(found, options={0: options}, footprint=footprint, _figures={})
    assert choose(larger, Spending(), "latency") == {0: "c/large"}
    assert choose(larger, Spending(), "ram") == {0: "c/short"}
    assert choose(larger, Spending(flash_bytes=11_000), "ram") == {0: "c/short"}
    large, short = (Candidate(one.kernel, one.cycles, True, 0) for one in options[2:])
    assert Reasons(larger, {0: "c/short"}, Spending(), "ram")(0, large, short) == (
        "faster, with 500 cycles against 600, but the image would be 2.0 KiB larger than without generated code"
    )
    alone = replace(larger, options={0: options[2:]}, _figures={})
    assert choose(alone, Spending(), "ram") == {0: "c/large"}, "nothing else runs the layer"


def test_cycles_limit_what_may_become_smaller():
    assert choose(problem(), Spending(slow_cycles=4_100), "flash") == {0: "b/small"}
    assert choose(problem(), Spending(slow_cycles=3_999), "flash") == {0: "a/fast"}


def test_reasons_say_what_the_other_kernel_would_cost():
    assert why_not("b/small", Spending()) == "slower: 4,000 cycles against 1,000"
    assert why_not("a/fast", Spending(flash_bytes=14_000)) == (
        "faster, with 1,000 cycles against 4,000, but the image would be 1.0 KiB over what the budget leaves of flash"
    )
    assert why_not("a/fast", Spending(ram_bytes=1_000)) == (
        "faster, with 1,000 cycles against 4,000, but the image would be 408 B over what the budget leaves of RAM"
    )
    assert why_not("a/fast", Spending(), "flash") == (
        "faster, with 1,000 cycles against 4,000, but 3.9 KiB more flash"
    )
    assert (
        why_not("a/fast", Spending(), "ram") == "faster, with 1,000 cycles against 4,000, but 512 B more RAM"
    )
