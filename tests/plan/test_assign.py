from __future__ import annotations

import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.assign import Candidate, assign
from scons_tinyml.stages.plan.record import LayerPlan, Rejection
from support.tflite_builder import NetworkBuilder


def network() -> Graph:
    net = NetworkBuilder("net")
    x, y, z = (net.activation(shape, "int8", scale=0.5) for shape in ((1, 4), (1, 4), (4,)))
    net.layer("RELU", [x], [y])
    net.layer("RESHAPE", [y], [z])
    return net.finish([x], [z])


def chosen(*candidates: Candidate) -> LayerPlan:
    return assign(network(), {0: candidates})[0]


def test_the_cheapest_proven_kernel_is_taken_and_the_others_have_reasons() -> None:
    assert assign(
        network(),
        {
            0: (
                Candidate("b/slow", 12345, True, 0),
                Candidate("a/wrong", 10, False, 0, "output differs from the oracle in 1,046 bytes"),
                Candidate("c/fast", 4567, True, 96),
                Candidate("d/unproven", 9, False, 0),
                Candidate("e/unfit", None, False, 0, "input_channels is not a multiple of 4"),
                Candidate("f/unmeasured", None, True, 0),
            )
        },
    ) == (
        LayerPlan(
            index=0,
            name="relu_0",
            operator="RELU",
            kernel="c/fast",
            reason=None,
            cycles=4567,
            scratch_bytes=96,
            rejected=(
                Rejection("a/wrong", "output differs from the oracle in 1,046 bytes"),
                Rejection("b/slow", "slower: 12,345 cycles against 4,567", 12345),
                Rejection("d/unproven", "output was not compared with the oracle"),
                Rejection("e/unfit", "input_channels is not a multiple of 4"),
                Rejection("f/unmeasured", "was not measured"),
            ),
        ),
        LayerPlan(1, "reshape_1", "RESHAPE", None, "aliased", None, 0, ()),
    )


def test_equal_cycles_are_decided_by_scratch_and_then_by_name() -> None:
    found = chosen(
        Candidate("a/x", 100, True, 8), Candidate("c/x", 100, True, 0), Candidate("b/x", 100, True, 0)
    )
    assert found.kernel == "b/x"
    assert [other.reason for other in found.rejected] == ["not faster: 100 cycles as well"] * 2


def test_a_layer_without_a_kernel_lists_every_kernel_and_why_not() -> None:
    with pytest.raises(UnsupportedError) as caught:
        chosen(
            Candidate("a/x", None, False, 0, "needs dsp"),
            Candidate("b/x", 100, False, 0, "output differs from the oracle in 3 bytes"),
        )
    assert str(caught.value) == (
        "net: layer 0 (relu_0): no kernel can run RELU on int8 [1, 4], int8 [1, 4]\n"
        "  a/x: needs dsp\n"
        "  b/x: output differs from the oracle in 3 bytes"
    )


def test_an_operator_without_any_kernel() -> None:
    with pytest.raises(UnsupportedError, match="there is no kernel for RELU"):
        assign(network(), {})
