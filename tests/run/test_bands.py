"""The error band of a network: that of its layers, by kind of code and cycles."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.bands import bands_for
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.stages.plan.assign import Candidate
from scons_tinyml.stages.plan.bands import with_bands
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.plan.record import LayerPlan, Plan
from scons_tinyml.stages.run.bands import network_band
from support.networks import small_int8

BOARD = read_board(Path(__file__).parents[2] / "boards" / "stm32l4.toml")
BANDS = bands_for(timing_for(BOARD.core))
GRAPH = small_int8()
ONCE = next(layer.index for layer in GRAPH.layers if layer.operator == "FULLY_CONNECTED")
CONVOLUTION = next(layer.index for layer in GRAPH.layers if layer.operator == "CONV_2D")
assert BANDS[CodeKind.INTEGER] != BANDS[CodeKind.READ_ONCE]


def plan(cycles: dict[int, int], ram: frozenset[int] = frozenset()) -> Plan:
    """A plan with kernels for the layers that have `cycles`."""
    layers = tuple(
        LayerPlan(
            *(layer.index, layer.name, layer.operator, "a/x" if layer.index in cycles else None, None),
            *(cycles.get(layer.index), 0, ()),
            ram_constants=layer.index in ram,
        )
        for layer in GRAPH.layers
    )
    return Plan(MemoryPlan({}, {}, 0, 0), layers)


def with_weights_in_ram() -> Board:
    memory = [
        region.model_copy(
            update={"holds": tuple(use for use in region.holds if use != "weights" or region.kind == "ram")}
        )
        for region in BOARD.memory
    ]
    return BOARD.model_copy(update={"memory": tuple(memory)})


def test_layers_count_by_their_cycles():
    found = network_band(BOARD, GRAPH, plan({CONVOLUTION: 3000, ONCE: 1000}))
    convolution, once = BANDS[CodeKind.INTEGER], BANDS[CodeKind.READ_ONCE]
    assert found.high == pytest.approx(1 + 0.75 * convolution.high + 0.25 * once.high)
    assert found.low == pytest.approx(1 + 0.75 * convolution.low + 0.25 * once.low)
    assert found.basis == (
        f"75.0 % integer, weights in flash: {convolution.basis}; 25.0 % integer, weights read once: {once.basis}"
    )
    assert [(one.index, one.kind, one.comparisons) for one in found.layers] == [
        (CONVOLUTION, "integer, weights in flash", convolution.comparisons),
        (ONCE, "integer, weights read once", once.comparisons),
    ]
    assert found.layers[1].high == 1 + once.high


def test_weights_in_ram_by_the_board_or_by_the_kernel():
    in_ram = BANDS[CodeKind.RAM]
    one = network_band(BOARD, GRAPH, plan({ONCE: 1000}, frozenset({ONCE})))
    assert (one.high, one.basis) == (1 + in_ram.high, f"integer, weights in RAM: {in_ram.basis}")
    assert network_band(with_weights_in_ram(), GRAPH, plan({ONCE: 1000})) == one


def test_a_network_without_code():
    found = network_band(BOARD, GRAPH, plan({}))
    assert (found.low, found.high) == (1 + BANDS[CodeKind.INTEGER].low, 1 + BANDS[CodeKind.INTEGER].high)
    assert found.layers == ()


def test_each_candidate_has_the_slow_end_of_its_own_band():
    found = {
        CONVOLUTION: (Candidate("a/x", 3000, True, 0),),
        ONCE: (Candidate("a/x", 1000, True, 0), Candidate("a/x.ram", 900, True, 0, ram_constants=True)),
    }
    banded = with_bands(BOARD, GRAPH, found)
    assert [one.slow for one in banded[ONCE]] == [
        1 + BANDS[kind].high for kind in (CodeKind.READ_ONCE, CodeKind.RAM)
    ]
    chosen = network_band(BOARD, GRAPH, plan({CONVOLUTION: 3000, ONCE: 1000}))
    slow = sum(banded[layer][0].slow * banded[layer][0].cycles for layer in (CONVOLUTION, ONCE))
    assert slow == pytest.approx(4000 * chosen.high)
