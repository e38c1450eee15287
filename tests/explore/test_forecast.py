"""Forecasts of a variant from a build of the model itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scons_tinyml.stages.trial.forecast import cycles_of, dropped, forecast
from scons_tinyml.stages.trial.records import Basis, Sketch, Work

CONV = Work("CONV_2D", "CONV_2D 3x3", 1000)
DENSE = Work("FULLY_CONNECTED", "FULLY_CONNECTED", 100)
ITSELF = Sketch(weight_bytes=2000, arena_bytes=800, macs=1100, layers=(CONV, DENSE))
BASIS = Basis(
    board="acme",
    clock_hz=1_000_000,
    flash_bytes=9000,
    ram_bytes=1500,
    cycles=6000,
    slow_s=0.0066,
    sketch=ITSELF,
    cycles_by_kind={"CONV_2D 3x3": 5000, "FULLY_CONNECTED": 1000},
    limits={"flash": 10_000.0, "ram": 2000.0, "latency": 0.01},
)


def test_the_model_itself_is_what_was_built():
    found = forecast(ITSELF, BASIS)
    assert (found.flash_bytes, found.ram_bytes, found.latency_s) == (9000, 1500, pytest.approx(0.0066))
    assert (found.overshoot, found.cannot_fit) == (pytest.approx(9000 / 10_000 - 1), "")


def test_cycles_grow_with_the_work_of_each_kind():
    half = replace(ITSELF, layers=(replace(CONV, amount=500), DENSE))
    assert cycles_of(half, BASIS) == 2500 + 1000
    new = replace(ITSELF, layers=(CONV, DENSE, Work("SOFTMAX", "SOFTMAX", 11)))
    assert cycles_of(new, BASIS) == pytest.approx(6000 + 11 * 6000 / 1100)


def test_memory_grows_with_weights_and_activations():
    found = forecast(replace(ITSELF, weight_bytes=2500, arena_bytes=700), BASIS)
    assert (found.flash_bytes, found.ram_bytes) == (9500, 1400)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"weight_bytes": 9000}, ""),  # forecast 60 % over: some were as wrong
        ({"weight_bytes": 10_001}, "acme: weights of 9.8 KiB are more than 9.8 KiB of flash"),
        ({"arena_bytes": 2001}, "acme: activations of 2.0 KiB are more than 2.0 KiB of ram"),
        ({"layers": (replace(CONV, amount=4000),)}, "acme: forecast 120% over a limit"),
    ],
)
def test_what_cannot_fit_is_dropped(changes, reason):
    assert dropped(replace(ITSELF, **changes), (BASIS,)) == reason


def test_a_board_that_it_may_fit_is_enough():
    large = replace(BASIS, board="large", limits={"flash": 1e6})
    assert dropped(replace(ITSELF, weight_bytes=20_000), (BASIS, large)) == ""
