"""Whole networks in the emulator: inputs and outputs of every type, constants as operands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.run.compare import difference
from support.networks import quantized_sequence, reducing, remembering, sequence, several
from support.tflite_builder import to_tflite
from support.whole import Whole

_OUTPUTS = {"loud": "uint8_t", "wide": "int16_t", "count": "int32_t", "plain": "uint8_t"}
_INPUTS = {"image": "uint8_t", "words": "int32_t", "mask": "uint8_t", "wave": "int16_t"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(to_tflite(several()), tmp_path_factory.mktemp("several"))


def test_all_outputs_are_the_oracles(whole: Whole) -> None:
    samples = whole.samples()
    assert whole.answers(samples) == whole.expected(samples)


@pytest.mark.parametrize(
    "network",
    [remembering, sequence, partial(quantized_sequence, "int16")],
    ids=["svdf", "lstm", "lstm_int16"],
)
def test_what_is_remembered_is_the_oracles_call_after_call(
    network: Callable[[], Graph], tmp_path: Path
) -> None:
    whole = Whole(to_tflite(network()), tmp_path)
    samples = whole.samples(6)
    answers = whole.answers(samples)
    ulps = max(kernel.max_ulps for kernel in whole.kernels.values())
    for (found,), (expected,) in zip(answers, whole.expected(samples), strict=True):
        apart = difference(found, expected, whole.graph.tensors[whole.graph.outputs[0]].type)
        assert apart.within(ulps)
    assert len(set(answers)) == 6
    assert whole.answers(samples[2:3]) != answers[2:3]


def test_the_header_has_an_accessor_by_name_for_each(whole: Whole) -> None:
    header = whole.sources["bench.h"]
    for direction, ports in (("input", _INPUTS), ("output", _OUTPUTS)):
        for name, c_type in ports.items():
            assert f"{c_type} *bench_{direction}_{name}(void);" in header
            assert f"#define BENCH_{direction.upper()}_{name.upper()}_BYTES" in header


def test_kernels_that_may_write_over_their_inputs_do(whole: Whole) -> None:
    assert "int8 1x8 -> int8 1x8: reference/add_int8, over its input" in whole.sources["bench.c"]


def test_constant_operands_lie_in_flash(whole: Whole) -> None:
    constants = whole.sources["bench_weights.h"]
    for name in ("gather_1_input", "add_3_input_1", "greater_7_input_2", "concatenation_8_input_1"):
        assert f"extern const int8_t bench_{name}[" in constants


def test_a_network_that_works_along_axes(tmp_path: Path) -> None:
    found = Whole(to_tflite(reducing()), tmp_path)
    samples = found.samples()
    assert found.answers(samples) == found.expected(samples)
