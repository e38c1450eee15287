"""Exact messages: what other kernels would do, by the figures of three layers that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.gate.situations import NO_MARGIN, situation_of, three_layers

from scons_tinyml.records.remedies import KernelChange, Kernels
from scons_tinyml.stages.gate.remedies import as_planned, kernels_for
from scons_tinyml.stages.plan.assign import Candidate, Measurement, Source
from scons_tinyml.stages.plan.evidence import in_one_class
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.problem import Option, Problem, Spending

FAST, SMALL = dict.fromkeys(range(3), "a/fast"), dict.fromkeys(range(3), "b/small")
"""6,000 cycles (6 ms), 15,000 B and 640 B; 12,000 cycles, 11,000 B and 128 B. With both kernels it is 16,000 B."""


def kernels(choice, limits, sure=None, **changes) -> Kernels | None:
    forecast = replace(NO_MARGIN, limits=limits, sure=sure or limits)
    return kernels_for(situation_of(three_layers(), choice=choice, forecast=forecast, **changes))


def test_the_fewest_layers_are_changed():
    assert kernels(
        SMALL, Spending(slow_cycles=9_100), budgets=Spending(slow_cycles=9_100), objective="flash"
    ) == Kernels(
        outcome="passes",
        text="relu_0 (layer 0) with a/fast saves 3.00 ms for 4.9 KiB of flash and 512 B of RAM: passes; "
        "optimize=latency finds kernels that do",
        changes=(KernelChange(layer=0, name="relu_0", kernel="a/fast", instead_of="b/small"),),
        options="optimize=latency",
        flash_bytes=16_000,
        ram_bytes=640,
        latency_s=0.009,
    )


def test_options_that_choose_the_same():
    found = kernels(FAST, Spending(flash_bytes=11_000), budgets=Spending())
    assert found.text == (
        "relu_0 (layer 0) with b/small, relu_1 (layer 1) with b/small and relu_2 (layer 2) with b/small "
        "free 3.9 KiB of flash for 6.00 ms: pass, with optimize=flash"
    )


def test_a_set_that_the_command_line_left_out():
    found = kernels(SMALL, Spending(slow_cycles=7_000), sets=("b",))
    assert (found.outcome, found.options) == ("passes", "kernels=all")
    assert found.text == (
        "relu_0 (layer 0) with a/fast and relu_1 (layer 1) with a/fast save 5.00 ms "
        "for 4.9 KiB of flash and 512 B of RAM: pass; kernels=all finds kernels that do"
    )


def test_no_option_chooses_such_kernels():
    """Every plan leaves the stack the room that is planned with, and this stack took more."""
    limits, planned = Spending(ram_bytes=500), Spending(slow_cycles=20_000, ram_bytes=5_000)
    assert kernels(FAST, limits, budgets=planned, objective="latency").options == "optimize=flash"
    found = kernels(FAST, limits, budgets=replace(planned, slow_cycles=7_000))
    assert found.options is None
    assert found.text == (
        "relu_0 (layer 0) with b/small, relu_1 (layer 1) with b/small and relu_2 (layer 2) with b/small "
        "free 512 B of RAM for 6.00 ms: pass"
    )


def test_closer_than_what_linking_adds_is_no_promise():
    limits, sure = Spending(flash_bytes=11_040), Spending(flash_bytes=10_976)
    found = kernels(FAST, limits, sure, budgets=Spending())
    assert found.outcome == "may pass"
    assert found.text.endswith(
        "free 3.9 KiB of flash for 6.00 ms: may pass, with 40 B of flash left, less than linking and running may add, "
        "with optimize=flash"
    )


@pytest.mark.parametrize(
    ("choice", "objective", "limits", "text"),
    [
        (
            FAST,
            "latency",
            Spending(flash_bytes=10_000),
            "the smallest miss of any choice of kernels is 1000 B of flash, with optimize=flash",
        ),
        (
            SMALL,
            "latency",
            Spending(flash_bytes=10_000),
            "no choice of kernels misses the limit of flash by less",
        ),
        (
            SMALL,
            "flash",
            Spending(flash_bytes=10_000, slow_cycles=9_100),
            "the smallest miss of any choice of kernels that keeps the other limits is 4.9 KiB of flash, "
            "with optimize=latency",
        ),
        (
            SMALL,
            "flash",
            Spending(flash_bytes=10_999, slow_cycles=5_000),
            "no choice of kernels misses the limit of flash by less; "
            "the smallest miss of any choice of kernels is 1.00 ms of latency, with optimize=latency",
        ),
        (
            FAST,
            "latency",
            Spending(flash_bytes=12_000, slow_cycles=9_000),
            "no choice of kernels keeps both limits: flash <= 11.7 KiB needs 12.00 ms, "
            "latency <= 9.00 ms needs 14.6 KiB of flash",
        ),
        (
            FAST,
            "latency",
            Spending(ram_bytes=5_000, arena_bytes=100),
            "the smallest miss of any choice of kernels is 28 B of RAM, with optimize=flash",
        ),
    ],
)
def test_where_nothing_passes(choice, objective, limits, text):
    found = kernels(choice, limits, budgets=Spending(), objective=objective)
    assert found == Kernels(outcome="misses", text=text)


def test_three_limits_of_which_two_can_be_kept():
    net = three_layers().graph
    parts = {name: Part(size, 0) for name, size in (("a", 100), ("b", 100), ("c", 900))}
    footprint = Footprint(0, 0, parts, {f"{name}/x": (name,) for name in parts})
    alone = {layer: (Option("a/x", 0, 0),) for layer in (1, 2)}
    options = {0: (Option("a/x", 10, 900), Option("b/x", 90, 0), Option("c/x", 10, 0)), **alone}
    limits = Spending(slow_cycles=50, flash_bytes=500, ram_bytes=500)
    case = situation_of(
        Problem(net, options, footprint), forecast=replace(NO_MARGIN, limits=limits, sure=limits)
    )
    assert kernels_for(replace(case, choice={0: "a/x", 1: "a/x", 2: "a/x"})).text == (
        "no choice of kernels keeps all 3 limits: flash <= 500 B and RAM <= 500 B need 90.0 us, "
        "flash <= 500 B and latency <= 50.0 us need 1.0 KiB of RAM, "
        "RAM <= 500 B and latency <= 50.0 us need 1000 B of flash"
    )


@pytest.mark.parametrize(("evidence", "cycles"), [("hardware", [820, None]), ("emulator", [790, 900])])
def test_cycles_are_of_the_class_that_the_plan_was_made_with(build, evidence, cycles):
    """A board has measured one of the two kernels: enough for a choice among both, whatever the plan could use."""

    def source(kind):
        return Source("digest", kind, "2026-01-01", "version")

    on_board = Measurement(820, source("hardware"))
    measured = {
        1: (
            Candidate("cmsis_nn/x", 790, True, 0, source=source("emulator"), other=on_board),
            Candidate("reference/x", 900, True, 0, source=source("emulator")),
        )
    }
    flat, dense = build.plan.layers
    plan = replace(build.plan, layers=(flat, replace(dense, evidence=evidence)))
    found = as_planned(measured, plan)
    assert [one.cycles for one in found[1]] == cycles
    assert found == in_one_class(found), "a second look at it changes nothing"
