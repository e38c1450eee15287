"""The advice follows from the figures: other figures, other advice."""

import pytest

from scons_tinyml.stages.gate import advice
from support.reports import REPORT, report_with

FLOAT = report_with(quantization="float")


@pytest.mark.parametrize(
    ("report", "over_by", "expected"),
    [
        (
            FLOAT,
            1_000,
            "quantize=int8 shrinks the weights to a quarter: about 14.6 KiB less flash, which is enough",
        ),
        (
            FLOAT,
            15_001,
            "quantize=int8 shrinks the weights to a quarter: about 14.6 KiB less flash, though more is needed",
        ),
        (
            REPORT,
            20_000,
            "layer 2 (FULLY_CONNECTED) holds 16.6 KiB of weights, the most of all layers, "
            "and 19.5 KiB have to go: use a smaller network",
        ),
        (
            report_with(flash={"code_bytes": 25_000, "weight_bytes": 3_000, "other_bytes": 2_000}),
            1_000,
            "code takes 24.4 KiB, more than the weights: a network of fewer kinds of layers needs fewer kernels",
        ),
        (
            report_with(layers=[]),
            1_000,
            "code takes 7.8 KiB, more than the weights: a network of fewer kinds of layers needs fewer kernels",
        ),
    ],
)
def test_flash(report, over_by, expected):
    assert advice.for_flash(report, over_by) == expected


def test_a_float_file_cannot_be_quantized_here():
    given = report_with(quantization="float", accuracy=None, accuracy_absent="it was given as a file")
    assert advice.for_flash(given, 1_000) == (
        "an int8 version of the file shrinks the weights to a quarter: about 14.6 KiB less flash, which is enough"
    )


@pytest.mark.parametrize(
    ("report", "over_by", "expected"),
    [
        (FLOAT, 100, "quantize=int8 shrinks the arena to a quarter: about 6.6 KiB less RAM, which is enough"),
        (
            REPORT,
            513,
            "the arena is at its peak with the output of layer 0 (CONV_2D) (7.5 KiB) and the input of the network "
            "(784 B): make these smaller, by resolution or by channels",
        ),
        (
            report_with(ram={"data_bytes": 0, "bss_bytes": 9_000, "arena_bytes": 500, "stack_bytes": 500}),
            100,
            "the bss takes 8.8 KiB, and not the network's arena most of the RAM: begin there",
        ),
    ],
)
def test_ram(report, over_by, expected):
    assert advice.for_ram(report, over_by) == expected


@pytest.mark.parametrize(
    ("report", "over_by_s", "expected"),
    [
        (
            REPORT,
            0.0027,
            "layer 0 (CONV_2D) takes 18.75 ms, 0.10 MACs a cycle: the whole has to shrink by 10 %, "
            "so begin with that layer",
        ),
        (
            FLOAT,
            0.001,
            "quantize=int8 replaces floating-point kernels by integer ones, the largest gain there is",
        ),
    ],
)
def test_latency(report, over_by_s, expected):
    assert advice.for_latency(report, over_by_s) == expected
